using System.Collections;
using Proto;

namespace Twins.Losses;

/// <summary>What became of numbered messages: arrived, reported as a dead letter, or lost without a word. Thread-safe.</summary>
internal sealed class Ledger(int capacity)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3), Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly BitArray _arrived = new(capacity), _accounted = new(capacity);
    private int _entries;

    public int Arrived { get; private set; }

    public int Twice { get; private set; }

    public int Reported { get; private set; }

    /// <summary>Enters the messages that an actor gets.</summary>
    public Props Receiver() => Props.FromFunc(context =>
    {
        if (context.Message is Numbered numbered)
        {
            Arrive(numbered.Number);
        }

        return Task.CompletedTask;
    });

    /// <summary>Enters what a node reports.</summary>
    public void Follow(ActorSystem system) => system.EventStream.Subscribe<DeadLetterEvent>(letter =>
    {
        if (letter.Message is Numbered numbered)
        {
            Report(numbered.Number);
        }
    });

    /// <summary>How many of the first so many neither arrived nor were reported.</summary>
    public int Silent(int sent)
    {
        lock (_gate)
        {
            return Enumerable.Range(0, sent).Count(number => !_accounted[number]);
        }
    }

    /// <summary>Returns when nothing has been entered for a while.</summary>
    public async Task WhenQuietAsync()
    {
        using var longest = new CancellationTokenSource(Longest);
        var (seen, since) = (-1, TimeSpan.Zero);
        while (since < Quiet)
        {
            await Task.Delay(Pause, longest.Token);
            var entries = Volatile.Read(ref _entries);
            (seen, since) = (entries, entries == seen ? since + Pause : TimeSpan.Zero);
        }
    }

    private void Arrive(int number)
    {
        lock (_gate)
        {
            _entries++;
            Arrived += _arrived[number] ? 0 : 1;
            Twice += _arrived[number] ? 1 : 0;
            _arrived[number] = _accounted[number] = true;
        }
    }

    private void Report(int number)
    {
        lock (_gate)
        {
            _entries++;
            Reported++;
            _accounted[number] = true;
        }
    }
}
