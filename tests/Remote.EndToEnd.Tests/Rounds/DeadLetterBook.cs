using Remote.Actors;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>The dead letters of one address: how many for which reason, and which messages of the load are among them. Thread-safe.</summary>
internal sealed class DeadLetterBook
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _byReason = [];
    private readonly Dictionary<long, string> _load = [];
    private readonly List<string> _faults = [];

    public DeadLetterBook(ActorSystem system, string address) => system.EventStream.Subscribe<DeadLetterEvent>(letter =>
    {
        if (letter.Target.Address == address)
        {
            Record(letter);
        }
    });

    /// <summary>How many there were for each reason.</summary>
    public IReadOnlyDictionary<string, long> ByReason => _byReason;

    /// <summary>Messages of the load that were dead letters twice.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Why a message of the load is a dead letter; <see langword="null"/> when it is none.</summary>
    public string? ReasonOf(long number) => _load.GetValueOrDefault(number);

    private void Record(DeadLetterEvent letter)
    {
        lock (_gate)
        {
            _byReason[letter.Reason.Name] = _byReason.GetValueOrDefault(letter.Reason.Name) + 1;
            if (letter.Message is Numbered numbered && !_load.TryAdd(numbered.Number, letter.Reason.Name))
            {
                _faults.Add($"{numbered.Number} was a dead letter {_load[numbered.Number]} and {letter.Reason.Name}");
            }
        }
    }
}
