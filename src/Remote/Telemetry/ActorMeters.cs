using System.Collections.Concurrent;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>The actors whose mailboxes are counted, by the name that their props were given. Thread-safe.</summary>
internal sealed class ActorMeters(ActorSystem system)
{
    private readonly ConcurrentDictionary<string, Measured> _actors = new(StringComparer.Ordinal);

    /// <summary>An actor begins.</summary>
    public void Add(PID self, string name)
    {
        if (system.ProcessRegistry.Get(self) is ActorProcess process)
        {
            _actors[self.Id] = new Measured(name, process, ProtoActorInternals.MailboxOf(process));
        }
    }

    /// <summary>An actor has stopped.</summary>
    public void Remove(PID self) => _actors.TryRemove(self.Id, out _);

    /// <summary>How many messages wait, for all actors with one name together.</summary>
    public IEnumerable<KeyValuePair<string, long>> Lengths()
    {
        var lengths = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (id, actor) in _actors)
        {
            // One that was replaced before it began, or whose end nobody saw, is none.
            if (ReferenceEquals(system.ProcessRegistry.Get(new PID(ActorSystem.NoHost, id)), actor.Process))
            {
                lengths[actor.Name] = lengths.GetValueOrDefault(actor.Name) + actor.Mailbox.UserMessageCount;
            }
            else
            {
                _actors.TryRemove(new KeyValuePair<string, Measured>(id, actor));
            }
        }

        return lengths;
    }

    private sealed record Measured(string Name, ActorProcess Process, IMailbox Mailbox);
}
