using Proto;
using Proto.Remote;

namespace Remote.ProtoPeer;

/// <summary>Says what the event stream of the node tells.</summary>
internal static class Events
{
    public static void Announce(ActorSystem system, Announcer announcer)
    {
        system.EventStream.Subscribe<DeadLetterEvent>(letter => announcer.Say($"dead-letter {letter.Pid} {letter.Message.GetType().Name}"));
        system.EventStream.Subscribe<EndpointTerminatedEvent>(ended =>
            announcer.Say($"endpoint-terminated address={ended.Address} id={ended.ActorSystemId} block={ended.ShouldBlock}"));
        system.EventStream.Subscribe<MemberBlocked>(blocked => announcer.Say($"member-blocked {blocked.MemberId}"));
    }
}
