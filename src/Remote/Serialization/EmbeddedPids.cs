using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote;

/// <summary>
/// Finds the PIDs that applications put into their protobuf messages. Those of this node, of actors that were spawned before it had an
/// address, and of clients mean another actor where they are read, or none, so they are translated like senders. The descriptors tell which
/// types can hold one: the many that cannot pay nothing.
/// </summary>
internal sealed class EmbeddedPids
{
    /// <summary>Messages nested deeper than protobuf's own readers allow cannot have arrived and cannot be sent.</summary>
    private const int MaxDepth = 100;

    /// <summary>A message in an Any is read once more, and so are those in it: eight levels of that are looked into.</summary>
    private const int DepthOfPacked = 11;

    private readonly HashSet<MessageDescriptor> _holders;
    private readonly Func<string, PackedType?>? _packed;

    private EmbeddedPids(HashSet<MessageDescriptor> holders, Func<string, PackedType?>? packed)
    {
        _holders = holders;
        _packed = packed;
    }

    /// <summary>Null when no message of this type can hold a PID.</summary>
    /// <param name="message">The type.</param>
    /// <param name="packed">
    /// The types that may be packed in an Any, by their names; <see langword="null"/> not to look there.
    /// </param>
    internal static EmbeddedPids? Of(MessageDescriptor message, Func<string, PackedType?>? packed = null)
    {
        var pids = new EmbeddedPids([], packed);
        if (pids.IsHolder(message))
        {
            pids._holders.Add(message);
        }

        while (pids.FindHolders(message, []))
        {
            // A type that refers to itself is known to hold a PID only after the type it leads to is.
        }

        return pids._holders.Contains(message) ? pids : null;
    }

    /// <summary>Calls the visitor with each PID that has an id. It says whether it has changed the PID.</summary>
    /// <exception cref="InvalidProtocolBufferException">An Any of a peer's message holds no message of its type.</exception>
    internal bool ForEach(IMessage message, Func<PID, bool> visitor, bool isOfPeer = false) => Visit(message, 0, new Visitor(visitor, isOfPeer));

    private static bool IsAny(MessageDescriptor message) => message.ClrType == typeof(Any);

    // By its class: the descriptor of a PID is costly to make, and most nodes have no use for it.
    private bool IsHolder(MessageDescriptor message) => message.ClrType == typeof(PID) || (_packed is not null && IsAny(message));

    private bool FindHolders(MessageDescriptor message, HashSet<MessageDescriptor> visited)
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
                changed |= FindHolders(field.MessageType, visited);
                if (IsHolder(field.MessageType) || _holders.Contains(field.MessageType))
                {
                    changed |= _holders.Add(message);
                }
            }
        }

        return changed;
    }

    private bool Visit(object? value, int depth, in Visitor visitor) => value switch
    {
        PID { Id.Length: > 0 } pid => visitor.OfPid(pid),
        Any any => _packed is not null && depth <= MaxDepth && VisitPacked(any, depth + DepthOfPacked, visitor),
        IMessage message => depth <= MaxDepth && _holders.Contains(message.Descriptor) && VisitFields(message, depth + 1, visitor),
        IDictionary map => VisitAll(map.Values, depth, visitor),
        ICollection values => VisitAll(values, depth, visitor),
        _ => false,
    };

    private bool VisitFields(IMessage message, int depth, in Visitor visitor)
    {
        var changed = false;
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType is FieldType.Message)
            {
                changed |= Visit(field.Accessor.GetValue(message), depth, visitor);
            }
        }

        return changed;
    }

    private bool VisitAll(ICollection values, int depth, in Visitor visitor)
    {
        var changed = false;
        foreach (var each in values)
        {
            changed |= Visit(each, depth, visitor);
        }

        return changed;
    }

    private bool VisitPacked(Any any, int depth, in Visitor visitor)
    {
        if (_packed!(Any.GetTypeName(any.TypeUrl)) is not { Pids: { } pids } type || Unpack(any, type.Parser, visitor.IsOfPeer) is not { } message)
        {
            return false;
        }

        var changed = pids.Visit(message, depth, visitor);
        if (changed)
        {
            any.Value = message.ToByteString();
        }

        return changed;
    }

    // Bytes that are no such message are the application's affair: they are sent as they are. But a peer does not make this node fail at one
    // after the other, and not hide something behind them.
    private static IMessage? Unpack(Any any, MessageParser parser, bool isOfPeer)
    {
        try
        {
            return parser.ParseFrom(any.Value);
        }
        catch (InvalidProtocolBufferException) when (!isOfPeer)
        {
            return null;
        }
    }

    private readonly record struct Visitor(Func<PID, bool> OfPid, bool IsOfPeer);
}

/// <summary>A type that is packed in an Any, with its PIDs; <see langword="null"/> when there can be none.</summary>
internal sealed record PackedType(MessageParser Parser, EmbeddedPids? Pids);
