using Proto;

namespace Remote;

/// <summary>
/// Says which processes of this node may be named by other nodes: as the target of a message, as its sender, or in it. What a peer names as the
/// sender gets an answer from within this node, which nothing else would keep from a request of ours or from a part of the system.
/// </summary>
internal static class OwnPids
{
    /// <summary>
    /// What is reachable from outside, beside requests by their names on the wire: actors, the event stream, and what lies behind this node. It
    /// goes by the type of the process, for anybody may give an actor a name like that of a process of the system.
    /// </summary>
    public static bool IsReachable(Process process) =>
        process is ActorProcess or RemoteProcess or EventStreamProcess || IsOfApplication(process);

    /// <summary>
    /// A PID of this node that a peer has written, as it is here: one of a request loses its tag.
    /// </summary>
    /// <returns><see langword="null"/> when no other node may name it.</returns>
    public static PID? Admit(NodeContext context, PID pid)
    {
        if (RequestNames.IsOnWire(pid.Id))
        {
            return context.Requests.Here(pid.Id) is { } id ? new PID(pid.Address, id) { RequestId = pid.RequestId } : null;
        }

        // A process that has ended gets no answer, and it is told by a dead letter.
        var process = context.ActorSystem.ProcessRegistry.Get(pid);
        var hasEnded = ReferenceEquals(process, context.ActorSystem.DeadLetter);
        return hasEnded || (IsReachable(process) && !IsClosed(context, process, pid)) ? pid : null;
    }

    /// <summary>
    /// Whether it matters to a process who sends to it. A closed actor is open to the actors of this node, and no hook judges what they
    /// spawn: an answer to it would come from one of them.
    /// </summary>
    private static bool IsClosed(NodeContext context, Process process, PID pid) =>
        SpawnStatus.IsActivator(pid) || context.LocalOnly.Has(process, pid.Id);

    private static bool IsOfApplication(Process process) =>
        process is not EndpointProcess && process.GetType().Assembly != typeof(Process).Assembly;
}
