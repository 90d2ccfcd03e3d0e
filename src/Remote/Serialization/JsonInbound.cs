using System.Collections.Concurrent;
using Proto.Remote;

namespace Remote;

/// <summary>
/// How JSON messages are read, by name: types of .NET, and protobuf messages as Proto.Actor for Go writes them. Thread-safe.
/// </summary>
internal sealed class JsonInbound(JsonTypes types, JsonFormat format, ProtobufTypes protobuf)
{
    /// <summary>Names of which the answer is remembered. The peer chooses them: a full memory starts anew.</summary>
    private const int MaxNames = 4096;

    /// <summary>Longer names are judged each time.</summary>
    private const int MaxNameLength = 1024;

    private readonly ConcurrentDictionary<string, Answer> _answers = new();

    internal InboundType Find(string name)
    {
        var loaded = LoadedAssemblies.Version;
        if (_answers.TryGetValue(name, out var known) && (known.Type.Refusal is null || known.Loaded == loaded))
        {
            return known.Type;
        }

        var type = Make(name);
        if (name.Length <= MaxNameLength)
        {
            Remember(name, new Answer(type, loaded));
        }

        return type;
    }

    private void Remember(string name, Answer answer)
    {
        if (_answers.Count >= MaxNames)
        {
            _answers.Clear();
        }

        _answers[name] = answer;
    }

    private InboundType Make(string name)
    {
        // Names of .NET have the assembly behind a comma; those of protobuf have none.
        if (!name.Contains(',') && !CoreMessages.IsCoreName(name) && protobuf.Find(name) is { } descriptor)
        {
            return new InboundType { ProtobufJson = descriptor };
        }

        return types.Find(name, out var refusal) switch
        {
            null => InboundType.Refused(refusal),
            var type when typeof(ICachedSerialization).IsAssignableFrom(type) => new InboundType { Opaque = type.AssemblyQualifiedName },
            var type => new InboundType { Json = format.TypeInfo(type) },
        };
    }

    /// <summary>An answer, and the assemblies that were loaded when it was given.</summary>
    private sealed record Answer(InboundType Type, int Loaded);
}
