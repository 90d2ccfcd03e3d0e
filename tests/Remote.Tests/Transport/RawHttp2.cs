using System.Net.Http.Headers;

namespace Remote.Tests;

/// <summary>An HTTP/2 client that knows nothing of gRPC and sends targets as they are written.</summary>
internal sealed class RawHttp2 : IDisposable
{
    private readonly string _address;
    private readonly HttpMessageInvoker _invoker;

    public RawHttp2(string address, Func<string, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        _address = address;
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        if (connect is not null)
        {
            handler.ConnectCallback = (_, cancellationToken) => connect(address, cancellationToken);
        }

        _invoker = new HttpMessageInvoker(handler);
    }

    public Task<HttpResponseMessage> PostAsync(string target, byte[] body, params (string Name, string Value)[] headers) =>
        SendAsync("POST", target, body, "application/grpc", headers);

    public Task<HttpResponseMessage> SendAsync(string method, string target, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        var uri = new Uri($"http://{_address}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(method), uri) { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (method != "GET")
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _invoker.SendAsync(request, CancellationToken.None).Within($"{method} {target}");
    }

    public void Dispose() => _invoker.Dispose();
}
