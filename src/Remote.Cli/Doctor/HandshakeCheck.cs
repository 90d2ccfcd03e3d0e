namespace Remote.Cli;

/// <summary>Whether the node talks to nodes: the stream and its first messages, as a node without a listener opens it.</summary>
internal sealed class HandshakeCheck(NodeSession session)
{
    private const string Check = "handshake";

    public async Task<Finding> RunAsync(PeerIdentification who)
    {
        HandshakeAnswer answer;
        try
        {
            answer = await ShortStream.ShakeHandsAsync(session.Node, session.Settings.Timeout, session.Time, session.Cancellation);
        }
        catch (FailureException exception)
        {
            return who.Kind == PeerKind.Other
                ? Finding.Note(Check, "a client gets no answer", "Go nodes before 2026 answer none; nodes with a listener may be answered.")
                : Finding.Problem(Check, exception.Failure);
        }

        return Judge(answer, who, session.Address);
    }

    /// <summary>Pure.</summary>
    public static Finding Judge(HandshakeAnswer answer, PeerIdentification who, TargetAddress address) =>
        answer.IsBlocked ? Finding.Problem(
            "blocked", $"{address} answers that its caller is blocked", $"remote endpoints {address} shows whom it blocks, and remote unblock lets one in.")
        : who.Node is { } node && node.SystemId != answer.SystemId ? Finding.Problem(
            Check, $"two nodes answer at {address}: {SafeText.Of(node.SystemId)} and {SafeText.Of(answer.SystemId)}",
            "Give each a port of its own; behind a load balancer nodes cannot be told apart, so dial them directly.")
        : Finding.Ok(Check, $"answered by {SafeText.Of(answer.SystemId)}");
}
