using System.Threading.Channels;
using Proto;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>The dead letters of one address: how many for which reason, and which messages of the load are among them. Thread-safe.</summary>
internal sealed class DeadLetterBook
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _byReason = [];
    private readonly Dictionary<long, string> _load = [];
    private readonly List<string> _faults = [];
    private readonly Channel<string> _questions = Channel.CreateUnbounded<string>();

    public DeadLetterBook(ActorSystem system, string address) => system.EventStream.Subscribe<RemoteDeadLetterEvent>(letter =>
    {
        if (letter.Pid.Address == address)
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

    /// <summary>Why the next question that was not delivered was not: whoever asked is only told that it was not.</summary>
    public Task<string> NextQuestionAsync() => _questions.Reader.ReadAsync().AsTask().Within("the dead letter of a question");

    private void Record(RemoteDeadLetterEvent letter)
    {
        lock (_gate)
        {
            var reason = letter.Reason.Name;
            _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;
            if (letter.Message is Ask)
            {
                _questions.Writer.TryWrite(reason);
            }

            if (letter.Message is Numbered numbered && !_load.TryAdd(numbered.Number, reason))
            {
                _faults.Add($"{numbered.Number} was a dead letter {_load[numbered.Number]} and {reason}");
            }
        }
    }
}
