namespace Remote.Transport;

/// <summary>
/// Calls gRPC methods on one server over one HTTP/2 connection, which is dialled by the first call and dialled again by
/// the next call after it was lost. Thread-safe.
/// </summary>
public sealed partial class GrpcClient : IAsyncDisposable, IDisposable
{
    private static readonly UriCreationOptions RawPath = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _disposed = new();
    private readonly TimeProvider _time;
    private readonly int _maxReceiveMessageBytes;
    private readonly string _baseUri;

    /// <summary>Creates a client; nothing is dialled yet.</summary>
    /// <param name="address"><c>host:port</c>, <c>unix:///path</c>, or an http or https URI without a path.</param>
    /// <param name="options">Options, or null for the defaults.</param>
    /// <exception cref="ArgumentException">The address cannot be understood, or an option is out of its range.</exception>
    public GrpcClient(string address, GrpcClientOptions? options = null)
    {
        options ??= new GrpcClientOptions();
        options.Validate(nameof(options));
        GrpcAddress target = GrpcAddress.Parse(address, preferTls: options.Tls is not null);
        Address = address;
        _time = options.TimeProvider;
        _maxReceiveMessageBytes = options.MaxReceiveMessageBytes;
        _baseUri = (target.IsHttps ? "https://" : "http://") + target.Authority;
        _invoker = new HttpMessageInvoker(new GrpcConnector(target, options).CreateHandler(), disposeHandler: true);
    }

    /// <summary>The address the client was created with.</summary>
    public string Address { get; }

    /// <summary>
    /// Makes what a call needs and throws it away; connects to nothing. The first call of a process is quicker afterwards by what that took: for a
    /// short-lived program that has something else to do on another thread meanwhile.
    /// </summary>
    public static void Prepare()
    {
        using var client = new GrpcClient("localhost:1");
        var content = new GrpcRequestContent();
        using HttpRequestMessage request = client.NewRequest("/", content, options: null);
        using var call = new GrpcDuplexCall("/", content, client._maxReceiveMessageBytes);
    }

    /// <summary>
    /// Opens a bidirectional call. The task completes when the request is under way; the response headers are awaited by
    /// the reader.
    /// </summary>
    /// <param name="method"><c>/package.Service/Method</c>, sent as it is.</param>
    /// <param name="options">Options of this call, or null.</param>
    /// <param name="cancellationToken">Cancels the opening; afterwards <see cref="GrpcDuplexCall.Abort"/> ends the call.</param>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    /// <exception cref="GrpcException">No connection, with <see cref="GrpcStatusCode.Unavailable"/>, or the timeout is over.</exception>
    public ValueTask<GrpcDuplexCall> DuplexAsync(string method, GrpcCallOptions? options = null, CancellationToken cancellationToken = default) =>
        OpenAsync(method, options, flushHeaders: true, cancellationToken);

    /// <summary>Aborts the open calls and closes the connection.</summary>
    public void Dispose()
    {
        // The handler alone would keep the connection until the last call has ended.
        _disposed.Cancel();
        _invoker.Dispose();
    }

    /// <summary>Aborts the open calls and closes the connection.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<GrpcDuplexCall> OpenAsync(string method, GrpcCallOptions? options, bool flushHeaders, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        var content = new GrpcRequestContent();
        HttpRequestMessage request = NewRequest(method, content, options);
        var call = new GrpcDuplexCall(method, content, options?.MaxReceiveMessageBytes ?? _maxReceiveMessageBytes);
        call.AbortWith(_disposed.Token);
        await call.OpenAsync(_invoker, request, options?.Timeout, _time, flushHeaders, cancellationToken).ConfigureAwait(false);
        return call;
    }

    private HttpRequestMessage NewRequest(string method, GrpcRequestContent content, GrpcCallOptions? options)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_baseUri + method, RawPath))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("grpc-accept-encoding", GrpcInflater.Accepted);
        if (options?.Timeout is { } timeout)
        {
            request.Headers.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Encode(timeout));
        }

        GrpcHttpFields.Write(options?.Headers, request.Headers);
        return request;
    }
}
