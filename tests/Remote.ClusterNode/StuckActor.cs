using Proto;

namespace Remote.ClusterNode;

/// <summary>Takes one message and never finishes it, so that everything behind it waits: here up to the credit, and then in the lanes of the senders.</summary>
internal sealed class StuckActor(Task released) : IActor
{
    public const string Name = "stuck";

    private long _received;

    public async Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Numbered:
                await released;
                _received++;
                break;
            case Ask:
                context.Respond(new Counted { Member = context.System.Id, Count = _received });
                break;
        }
    }
}
