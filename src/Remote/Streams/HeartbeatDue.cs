using Remote.Actors;

namespace Remote;

/// <summary>Stands in a control lane for a heartbeat. Never encoded, never delivered, never a dead letter.</summary>
internal sealed class HeartbeatDue : SystemMessage
{
    private HeartbeatDue()
    {
    }

    public static HeartbeatDue Instance { get; } = new();
}
