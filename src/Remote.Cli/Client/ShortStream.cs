using Google.Protobuf;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>Who answers at an address, by its handshake.</summary>
/// <param name="SystemId">Of this life of the node.</param>
/// <param name="IsBlocked">Whether it does not talk to the caller.</param>
/// <param name="Capabilities">What it can do beyond the protocol of Proto.Actor; only Remote nodes name some.</param>
internal sealed record HandshakeAnswer(string SystemId, bool IsBlocked, IReadOnlyList<string> Capabilities);

/// <summary>
/// The handshake of a node without a listener, and nothing after it. The node sees a client come and go: its system id is made up, so that it takes
/// nobody's place, and it offers no link, so that nothing is kept of it.
/// </summary>
internal static class ShortStream
{
    private const string IdPrefix = "remote-tool-";

    public static Method<Wire.RemoteMessage, Wire.RemoteMessage> Method { get; } = new(
        MethodType.DuplexStreaming,
        RemotingMethods.Service,
        "Receive",
        Marshallers.Create(static message => message.ToByteArray(), Wire.RemoteMessage.Parser.ParseFrom),
        Marshallers.Create(static message => message.ToByteArray(), Wire.RemoteMessage.Parser.ParseFrom));

    /// <summary>Whether a node names a handshake of this tool.</summary>
    public static bool IsOurs(string address) => address.StartsWith(ClientAddress.Of(IdPrefix), StringComparison.Ordinal);

    /// <exception cref="FailureException">There is no answer, or none that is a handshake.</exception>
    public static async Task<HandshakeAnswer> ShakeHandsAsync(NodeConnection node, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var call = node.Receive(both.Token);
        try
        {
            await call.RequestStream.WriteAsync(Request(), both.Token).ConfigureAwait(false);
            if (!await call.ResponseStream.MoveNext(both.Token).ConfigureAwait(false))
            {
                throw new FailureException(Failure.Refused(
                    $"{node.Address} took the handshake and ended the stream without an answer.", "A Proto.Actor node does so to whom it has blocked."));
            }

            var answer = call.ResponseStream.Current.ConnectResponse ?? throw new FailureException(Failure.Failed(
                $"{node.Address} answered the handshake with something else.", "Is another gRPC service listening there?"));
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
            return new HandshakeAnswer(answer.MemberId, answer.Blocked, [.. answer.Capabilities]);
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException or HttpRequestException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw deadline.IsCancellationRequested
                ? new FailureException(Failure.Unreachable(
                    $"{node.Address} opened the stream and did not answer the handshake within {timeout.TotalSeconds:0.###} s.",
                    "Go nodes of Proto.Actor before 2026 answer no client; other nodes do: is the process stuck?"))
                : node.Explain(exception);
        }
    }

    private static Wire.RemoteMessage Request() => new()
    {
        ConnectRequest = new()
        {
            ClientConnection = new() { MemberId = $"{IdPrefix}{Guid.NewGuid():N}", Capabilities = { CapabilityNames.Heartbeat } },
        },
    };
}
