using Proto;

namespace Backpressure;

/// <summary>Takes parcels at its pace, and keeps a tally that a missing, doubled or overtaking parcel would show in.</summary>
internal sealed class SlowConsumer(Pace pace, Action onTaken) : IActor
{
    /// <summary>The kind under which the consumer process offers it.</summary>
    public const string Kind = "slow-consumer";

    private readonly Tally _tally = new();
    private readonly Dictionary<int, long> _last = [];

    public async Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Parcel parcel:
                await pace.NextAsync();
                Take(parcel);
                break;
            case AskTally:
                context.Respond(_tally.Clone());
                break;
        }
    }

    private void Take(Parcel parcel)
    {
        _tally.Taken++;
        _tally.Sum += parcel.Number;
        if (parcel.Number <= _last.GetValueOrDefault(parcel.Sender))
        {
            _tally.Disordered++;
        }

        _last[parcel.Sender] = parcel.Number;
        onTaken();
    }
}
