using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>What is told of an event: nothing of a message but its type.</summary>
/// <param name="Type">The name of the event's class.</param>
/// <param name="Address">The peer's; empty for none.</param>
/// <param name="Time">When it happened, or was heard of.</param>
/// <param name="Fields">Its properties as text.</param>
internal sealed record EventRecord(string Type, string Address, DateTimeOffset Time, params (string Name, string? Value)[] Fields)
{
    // The text of an exception may be long, and many events may wait.
    private const int MaxValueLength = 1_024;

    public Wire.EventUpdate ToUpdate(long number, long missed)
    {
        var update = new Wire.EventUpdate { Number = number, Missed = missed, Time = Time.ToTimestamp(), Type = Type, Address = Address };
        foreach (var (name, value) in Fields)
        {
            if (!string.IsNullOrEmpty(value))
            {
                update.Fields[name] = value.Length <= MaxValueLength ? value : value[..MaxValueLength];
            }
        }

        return update;
    }
}
