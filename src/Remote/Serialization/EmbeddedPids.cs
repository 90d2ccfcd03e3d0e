using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>
/// Finds the PIDs that applications put into their protobuf messages. A local PID has no address and would mean another
/// actor where it is read, so these PIDs are translated like senders. Which types can hold one is known from their
/// descriptors: the many that cannot pay nothing.
/// </summary>
internal sealed class EmbeddedPids
{
    /// <summary>Messages nested deeper than protobuf's own readers allow cannot have arrived and cannot be sent.</summary>
    private const int MaxDepth = 100;

    private readonly MessageDescriptor _message;
    private readonly HashSet<MessageDescriptor> _holders;

    private EmbeddedPids(MessageDescriptor message, HashSet<MessageDescriptor> holders)
    {
        _message = message;
        _holders = holders;
    }

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

        return holders.Contains(message) ? new EmbeddedPids(message, holders) : null;
    }

    /// <summary>
    /// Replaces addresses and ids by those of the function. The message is changed in place, so nothing else may use it.
    /// </summary>
    internal void Replace(IMessage message, Func<Protocol.PID, (string Address, string Id)> replacement) =>
        Visit(message, 0, pid => (pid.Address, pid.Id) = replacement(pid));

    /// <summary>Whether <see cref="Replace"/> would change anything.</summary>
    internal bool Any(IMessage message, Func<Protocol.PID, bool> condition)
    {
        var any = false;
        Visit(message, 0, pid => any |= condition(pid));
        return any;
    }

    /// <summary>A copy that may be changed.</summary>
    internal IMessage Copy(IMessage message) => _message.Parser.ParseFrom(message.ToByteArray());

    /// <summary>By its class: the descriptor of a PID is costly to make, and most nodes have no use for it.</summary>
    private static bool IsPid(MessageDescriptor message) => message.ClrType == typeof(Protocol.PID);

    private static bool FindHolders(
        MessageDescriptor message, HashSet<MessageDescriptor> holders, HashSet<MessageDescriptor> visited)
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

    private void Visit(IMessage message, int depth, Action<Protocol.PID> visitor)
    {
        if (message is Protocol.PID pid)
        {
            if (pid.Id.Length > 0)
            {
                visitor(pid);
            }

            return;
        }

        if (depth > MaxDepth || !_holders.Contains(message.Descriptor))
        {
            return;
        }

        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType is FieldType.Message)
            {
                VisitField(field, field.Accessor.GetValue(message), depth + 1, visitor);
            }
        }
    }

    private void VisitField(FieldDescriptor field, object? value, int depth, Action<Protocol.PID> visitor)
    {
        switch (value)
        {
            case IMessage message:
                Visit(message, depth, visitor);
                break;
            case IDictionary map when field.IsMap:
                VisitAll(map.Values, depth, visitor);
                break;
            case IList list:
                VisitAll(list, depth, visitor);
                break;
        }
    }

    private void VisitAll(ICollection values, int depth, Action<Protocol.PID> visitor)
    {
        foreach (var value in values)
        {
            if (value is IMessage message)
            {
                Visit(message, depth, visitor);
            }
        }
    }
}
