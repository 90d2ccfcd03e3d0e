using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf.Reflection;

namespace Remote.Tests;

/// <summary>
/// What our node calls what the recorded one had other names for: its system id, told when it starts; its futures and actors without a name, its
/// request ids and its links, learned where it first uses them.
/// </summary>
internal sealed partial class ReleaseNames
{
    private readonly List<(string Recorded, string Live)> _names = [];
    private readonly Dictionary<ulong, ulong> _requests = [];
    private readonly Dictionary<string, string> _links = [];

    /// <summary>Says what a system id is now.</summary>
    public void Add(string recorded, string live) => _names.Add((recorded, live));

    public string Translate(string recorded) => _names.Aggregate(recorded, (text, name) => text.Replace(name.Recorded, name.Live, StringComparison.Ordinal));

    /// <summary>A recorded message as the played node must say it to ours.</summary>
    public WireMessage Rewrite(WireMessage message)
    {
        message.Replace((field, value) => value switch
        {
            string text => Translate(text),
            byte[] id when field.FullName == "remote.MessageBatch.targets" => Encoding.UTF8.GetBytes(Translate(Encoding.UTF8.GetString(id))),
            ulong request when IsRequest(field) => _requests.GetValueOrDefault(request, request),
            _ => value,
        });
        return message;
    }

    /// <summary>Whether a value of our node is what the recorded node said.</summary>
    public bool Same(FieldDescriptor field, object recorded, object live) => (recorded, live) switch
    {
        (string one, string other) => SameText(one, other),
        (byte[] one, byte[] other) when field.FullName == "remote.MessageBatch.targets" => SameText(Encoding.UTF8.GetString(one), Encoding.UTF8.GetString(other)),
        (byte[] one, byte[] other) when field.Name == "link_id" => one.Length == other.Length && Learn(_links, Convert.ToHexString(one), Convert.ToHexString(other)),
        (byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other),
        (ulong one, ulong other) when IsRequest(field) => (one == 0) == (other == 0) && (one == other || Learn(_requests, one, other)),
        _ => recorded.Equals(live),
    };

    private static bool IsRequest(FieldDescriptor field) => field.Name is "target_request_id" or "sender_request_id" or "request_id";

    /// <summary>One name for one thing: neither a second name nor a name that something else has.</summary>
    private static bool Learn<T>(Dictionary<T, T> known, T recorded, T live)
        where T : notnull => known.TryGetValue(recorded, out var name) ? name.Equals(live) : !known.ContainsValue(live) && known.TryAdd(recorded, live);

    private bool SameText(string recorded, string live)
    {
        var expected = Translate(recorded);
        if (expected == live)
        {
            return true;
        }

        var (front, made) = Split(expected);
        var (liveFront, liveMade) = Split(live);
        if (front != liveFront || !MadeUp().IsMatch(made) || !MadeUp().IsMatch(liveMade) || _names.Exists(name => name.Live == liveMade || name.Recorded == made))
        {
            return false;
        }

        _names.Add((made, liveMade));
        return true;
    }

    private static (string Front, string Made) Split(string id)
    {
        var slash = id.LastIndexOf('/');
        return (id[..(slash + 1)], id[(slash + 1)..]);
    }

    /// <summary>Names that a node makes up.</summary>
    [GeneratedRegex(@"^\$(future|\d+)(-[0-9a-f]+)?(~[0-9a-f]{32})?$")]
    private static partial Regex MadeUp();
}
