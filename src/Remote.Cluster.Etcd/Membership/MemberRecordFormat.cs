using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Entries to bytes and back. Anybody may write into etcd: whatever cannot be a member is a fault with a reason, never an exception. Members that are
/// not in the text are passed over, so that a later version can add some.
/// </summary>
internal static partial class MemberRecordFormat
{
    public static ByteString Write(MemberRecord record) =>
        ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(record, MemberRecordJson.Default.MemberRecord));

    public static bool TryRead(
        string key, ByteString value, MemberKeys keys, [NotNullWhen(true)] out MemberRecord? record, [NotNullWhen(false)] out string? fault)
    {
        record = null;
        try
        {
            var read = JsonSerializer.Deserialize(value.Span, MemberRecordJson.Default.MemberRecord);
            fault = Fault(key, read, keys);
            record = fault is null ? read : null;
        }
        catch (JsonException exception)
        {
            fault = $"it is no JSON of a member: {exception.Message}";
        }

        return fault is null;
    }

    /// <summary>Why this cannot be a member at this key; <see langword="null"/> when it can.</summary>
    public static string? Fault(string key, MemberRecord? read, MemberKeys keys) => read switch
    {
        null => "it is null",
        { Id: null or "" } => "it has no id",
        { Host: null or "" } => "it has no host",
        { Port: < 1 or > 65535 } => $"its port is {read.Port}",
        { Kinds: null } => "it has no kinds",
        _ when read.Kinds.Any(string.IsNullOrEmpty) => "one of its kinds has no name",
        { Blocks: { } blocks } when blocks.Any(string.IsNullOrEmpty) => "one of those that it blocks has no id",
        _ when keys.Of(read) != key => $"its address {read.Address} is not that of its key",
        _ => null,
    };

    [JsonSerializable(typeof(MemberRecord))]
    private sealed partial class MemberRecordJson : JsonSerializerContext;
}
