using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>
/// Finds the PIDs that applications put into their protobuf messages. A local PID has no address and would mean another actor where it is
/// read, so these PIDs are translated like senders. The descriptors tell which types can hold one: the many that cannot pay nothing.
/// </summary>
internal sealed class EmbeddedPids
{
    /// <summary>Messages nested deeper than protobuf's own readers allow cannot have arrived and cannot be sent.</summary>
    private const int MaxDepth = 100;

    private readonly HashSet<MessageDescriptor> _holders;

    private EmbeddedPids(HashSet<MessageDescriptor> holders) => _holders = holders;

    /// <summary>Null when no message of this type can hold a PID. PIDs packed in an Any are not seen.</summary>
    internal static EmbeddedPids? Of(MessageDescriptor message)
    {
        var holders = new HashSet<MessageDescriptor>();
        if (IsPid(message))
        {
            holders.Add(message);
        }

        while (FindHolders(message, holders, []))
        {
            // A type that refers to itself is known to hold a PID only after the type it leads to is.
        }

        return holders.Contains(message) ? new EmbeddedPids(holders) : null;
    }

    /// <summary>Calls the visitor with each PID that has an id. It may change the PID.</summary>
    internal void ForEach(IMessage message, Action<Protocol.PID> visitor) => Visit(message, 0, visitor);

    // By its class: the descriptor of a PID is costly to make, and most nodes have no use for it.
    private static bool IsPid(MessageDescriptor message) => message.ClrType == typeof(Protocol.PID);

    private static bool FindHolders(MessageDescriptor message, HashSet<MessageDescriptor> holders, HashSet<MessageDescriptor> visited)
    {
        if (!visited.Add(message))
        {
            return false;
        }

        var changed = false;
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.FieldType is FieldType.Message)
            {
                changed |= FindHolders(field.MessageType, holders, visited);
                if (IsPid(field.MessageType) || holders.Contains(field.MessageType))
                {
                    changed |= holders.Add(message);
                }
            }
        }

        return changed;
    }

    private void Visit(object? value, int depth, Action<Protocol.PID> visitor)
    {
        switch (value)
        {
            case Protocol.PID { Id.Length: > 0 } pid:
                visitor(pid);
                break;
            case IMessage message when depth <= MaxDepth && _holders.Contains(message.Descriptor):
                foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
                {
                    if (field.FieldType is FieldType.Message)
                    {
                        Visit(field.Accessor.GetValue(message), depth + 1, visitor);
                    }
                }

                break;
            case IDictionary map:
                Visit(map.Values, depth, visitor);
                break;
            case ICollection values:
                foreach (var each in values)
                {
                    Visit(each, depth, visitor);
                }

                break;
        }
    }
}
