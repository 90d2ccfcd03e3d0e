using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A PID in a conversation, with the address that its writer may have left out.</summary>
internal sealed record PidView(string Address, string Id, uint RequestId)
{
    public static PidView Of(Wire.PID pid, string writer, uint requestId = 0) =>
        new(pid.Address.Length == 0 ? writer : pid.Address, pid.Id, requestId == 0 ? pid.RequestId : requestId);

    public override string ToString() => RequestId == 0 ? $"{Address}/{Id}" : $"{Address}/{Id}:{RequestId}";
}
