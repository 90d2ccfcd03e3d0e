using Proto;

namespace Remote.ClusterNode;

/// <summary>A subscriber of a topic: notes the numbers that it has received, each once.</summary>
internal sealed class SubscriberActor(SubscriberLedger ledger, TimeSpan pace) : IActor
{
    public async Task ReceiveAsync(IContext context)
    {
        if (context.Message is Numbered numbered)
        {
            if (pace > TimeSpan.Zero)
            {
                await Task.Delay(pace);
            }

            ledger.Note(numbered.Number);
        }
    }
}
