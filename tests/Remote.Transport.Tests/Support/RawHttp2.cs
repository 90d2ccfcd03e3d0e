using System.Net;
using System.Net.Http.Headers;

namespace Remote.Transport.Tests;

/// <summary>An HTTP/2 client that knows nothing of gRPC and sends targets as they are written.</summary>
internal sealed class RawHttp2(string address) : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    public Task<HttpResponseMessage> PostAsync(string target, byte[] body, params (string Name, string Value)[] headers) =>
        SendAsync("POST", target, body, "application/grpc", headers);

    public Task<HttpResponseMessage> SendAsync(string method, string target, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        var uri = new Uri($"http://{address}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(method), uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (method != "GET")
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _invoker.SendAsync(request, CancellationToken.None);
    }

    public void Dispose() => _invoker.Dispose();
}
