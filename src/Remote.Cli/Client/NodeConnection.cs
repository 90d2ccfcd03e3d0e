using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>
/// One HTTP/2 connection to a node, dialled by its first call, with nothing of an actor system. Every call throws <see cref="FailureException"/> when it
/// fails. Thread-safe.
/// </summary>
internal sealed class NodeConnection : IDisposable
{
    private const int MaxMessageBytes = 64 * 1024 * 1024;

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;
    private readonly Wire.Admin.AdminClient _admin;
    private readonly ConnectionSettings _settings;
    private readonly Credentials _credentials;
    private readonly TimeProvider _time;

    public NodeConnection(TargetAddress address, ConnectionSettings settings, Credentials credentials, TimeProvider time)
    {
        (Address, _settings, _credentials, _time) = (address, settings, credentials, time);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = false,
            ConnectTimeout = settings.Timeout,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(cancellationToken),
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(
                new NoteStream(context.PlaintextStream, refusal => Report.Refusal = refusal, static _ => { })),
        };
        if (credentials.UseTls)
        {
            handler.SslOptions = credentials.Options(address.Host, Report);
        }

        var authority = address.IsUnix ? "localhost" : address.Text;
        _channel = GrpcChannel.ForAddress($"{(credentials.UseTls ? "https" : "http")}://{authority}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxRetryAttempts = null,
        });
        _invoker = _channel.CreateCallInvoker();
        _admin = new Wire.Admin.AdminClient(_invoker);
    }

    public TargetAddress Address { get; }

    public DialReport Report { get; } = new();

    /// <summary>Calls a method of the administration service that answers once.</summary>
    public Task<T> AdminAsync<T>(Func<Wire.Admin.AdminClient, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        AnswerAsync(options => call(_admin, options), cancellationToken);

    /// <summary>Calls a method of the administration service that goes on; it has no deadline.</summary>
    public AsyncServerStreamingCall<T> Watch<T>(
        Func<Wire.Admin.AdminClient, CallOptions, AsyncServerStreamingCall<T>> call, CancellationToken cancellationToken) =>
        call(_admin, new CallOptions(_credentials.Headers, cancellationToken: cancellationToken));

    public Task<Wire.ListProcessesResponse> ListProcessesAsync(Wire.ListProcessesRequest request, CancellationToken cancellationToken) =>
        AnswerAsync(options => _invoker.AsyncUnaryCall(RemotingMethods.ListProcesses, null, options, request), cancellationToken);

    public Task<Wire.GetProcessDiagnosticsResponse> DiagnoseAsync(Wire.GetProcessDiagnosticsRequest request, CancellationToken cancellationToken) =>
        AnswerAsync(options => _invoker.AsyncUnaryCall(RemotingMethods.GetProcessDiagnostics, null, options, request), cancellationToken);

    /// <summary>Opens the stream that nodes talk over, up to the end of the handshake.</summary>
    public AsyncDuplexStreamingCall<Wire.RemoteMessage, Wire.RemoteMessage> Receive(CancellationToken cancellationToken) =>
        _invoker.AsyncDuplexStreamingCall(ShortStream.Method, null, new CallOptions(_credentials.Headers, cancellationToken: cancellationToken));

    /// <summary>What a failed call means.</summary>
    public FailureException Explain(Exception exception) =>
        exception as FailureException ?? new FailureException(FailureMap.Of(exception, Address, _settings, Report), exception);

    public void Dispose() => _channel.Dispose();

    private async Task<T> AnswerAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        var deadline = _time.GetUtcNow().UtcDateTime + _settings.Timeout;
        try
        {
            using var running = call(new CallOptions(_credentials.Headers, deadline, cancellationToken));
            return await running.ResponseAsync.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RpcException or HttpRequestException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Explain(exception);
        }
    }

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            var stream = await Address.DialAsync(Report.Step, _time, cancellationToken).ConfigureAwait(false);
            Report.IsConnected = true;
            return stream;
        }
        catch (Exception exception) when (exception is RpcException or SocketException)
        {
            Report.Error = exception;
            throw;
        }
    }
}
