using Proto;

namespace Remote;

/// <summary>
/// A PID of a table, for all the messages that name it. Each request gets a copy with its own number, made from the copy of the request
/// before: that one may have learned its process meanwhile, so the next need not look it up.
/// </summary>
/// <param name="pid">The PID.</param>
/// <param name="isOwn">
/// Whether it is one of this node: it is given out as a copy only, because a PID keeps its process, and a name may get another one.
/// </param>
internal sealed class InboundPid(PID pid, bool isOwn = false)
{
    private PID? _latest;

    /// <summary>The PID with this request id. Without one it keeps the id that an old dialect may have put into the table.</summary>
    internal PID For(uint requestId) =>
        isOwn ? new PID(pid.Address, pid.Id) { RequestId = requestId == 0 ? pid.RequestId : requestId }
        : requestId == 0 ? pid
        : _latest = (_latest ?? pid).WithRequestId(requestId);
}
