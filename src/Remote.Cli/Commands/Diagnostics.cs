namespace Remote.Cli;

/// <summary>The calls of <c>remote.Remoting</c> that look into a node.</summary>
internal static class Diagnostics
{
    /// <summary>Does nothing for a node that such a call does no harm.</summary>
    /// <exception cref="FailureException">Its process may die of the call, or nobody is there.</exception>
    public static async Task EnsureHarmlessAsync(NodeSession session)
    {
        if ((await PeerIdentification.AskAsync(session.Node, session.Cancellation)).Kind == PeerKind.Other)
        {
            throw new FailureException(Failure.Unsupported(
                $"{session.Address} is no node on .NET: a node of Proto.Actor on Go ends its process when it is asked for its processes, so it was not asked.",
                "remote ping and remote doctor do no harm to it."));
        }
    }
}
