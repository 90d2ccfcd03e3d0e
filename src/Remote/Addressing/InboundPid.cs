using Remote.Actors;

namespace Remote;

/// <summary>
/// A PID of a table, for all the requests that name it. Each request gets a copy with its own number, made from the copy
/// of the request before: that one may have learned its process meanwhile, so the next need not look it up.
/// </summary>
internal sealed class InboundPid(PID pid)
{
    private PID? _latest;

    /// <summary>The PID with this request id. Without one it keeps the id that an old dialect may have put into the table.</summary>
    internal PID For(uint requestId) => requestId == 0 ? pid : _latest = (_latest ?? pid).WithRequestId(requestId);
}
