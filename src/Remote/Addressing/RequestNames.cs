using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Proto;
using Proto.Future;

namespace Remote;

/// <summary>
/// The names that requests of this node have on the wire: the id of the future with a tag behind it that nobody can make who was not sent it.
/// Proto.Actor counts futures and requests from one; whoever may connect could answer the requests of others by counting along. The tag is as
/// good as the request's own secret, and may be passed on: a third node to which the request was forwarded answers with it. Thread-safe.
/// </summary>
/// <remarks>
/// One future stands for many requests where they share one, Proto.Actor's default: a node that was sent one of them knows the name of all, and
/// not their numbers. Requests that must be kept from the nodes that others go to need <c>ActorSystemConfig.SharedFutures = false</c>.
/// </remarks>
internal sealed class RequestNames(ActorSystem system)
{
    private const char Mark = '~';
    private const int TagBytes = 16;
    private const int TagLength = 2 * TagBytes;

    /// <summary>Names that are remembered, so that they are made once and not once per batch. A full memory starts anew.</summary>
    private const int MaxNames = 1024;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, string> _onWire = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _here = new(StringComparer.Ordinal);

    /// <summary>Whether the process is a request, or many that share one.</summary>
    public static bool IsRequest(Process process) => process is SharedFutureProcess or FutureProcess or FutureBatchProcess;

    /// <summary>
    /// Whether a PID of any node is that of a request. A request with a process of its own, of a node that runs Proto.Remote, looks like an actor without a name.
    /// </summary>
    public static bool IsRequest(PID pid) => pid.RequestId != 0 || IsOnWire(pid.Id);

    /// <summary>Whether an id has the form of a name on the wire.</summary>
    public static bool IsOnWire(string id) => id.Length > TagLength + 1 && id[0] == '$' && id[^(TagLength + 1)] == Mark;

    /// <summary>The id by which other nodes know a process of this one: that of an actor as it is.</summary>
    public string OnWire(PID pid)
    {
        var id = pid.Id;
        if (!id.StartsWith('$'))
        {
            return id;
        }

        if (_onWire.TryGetValue(id, out var known))
        {
            return known;
        }

        var process = system.ProcessRegistry.Get(pid);
        if (!IsRequest(process))
        {
            return id;
        }

        var name = $"{id}{Mark}{Tag(id)}";
        Remember(_onWire, id, name);
        Remember(_here, name, id);
        return name;
    }

    /// <summary>The id here of a name on the wire; <see langword="null"/> when this node has not given it.</summary>
    public string? Here(string name)
    {
        if (!IsOnWire(name))
        {
            return null;
        }

        if (_here.TryGetValue(name, out var known))
        {
            return known;
        }

        var id = name[..^(TagLength + 1)];
        var isOurs = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Tag(id)), Encoding.UTF8.GetBytes(name[^TagLength..]));
        return isOurs ? id : null;
    }

    private string Tag(string id)
    {
        Span<byte> tag = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(id), tag);
        return Convert.ToHexStringLower(tag[..TagBytes]);
    }

    private static void Remember(ConcurrentDictionary<string, string> names, string key, string value)
    {
        if (names.Count >= MaxNames)
        {
            names.Clear();
        }

        names[key] = value;
    }
}
