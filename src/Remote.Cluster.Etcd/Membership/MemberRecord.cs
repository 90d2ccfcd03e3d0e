using System.Text.Json.Serialization;

namespace Remote.Cluster.Etcd;

/// <summary>What an entry in etcd says: a member, whom of the others it blocks, and whether it is about to go. JSON, so that <c>etcdctl get</c> shows it to people.</summary>
internal sealed record MemberRecord(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("host")] string Host,
    [property: JsonPropertyName("port")] int Port,
    [property: JsonPropertyName("kinds")] IReadOnlyList<string> Kinds,
    [property: JsonPropertyName("leaving"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Leaving = false,
    [property: JsonPropertyName("blocks"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Blocks = null)
{
    /// <summary>The revision at which etcd got the entry: a member whose lease ran out has a later one afterwards.</summary>
    [JsonIgnore]
    public long Registered { get; init; }

    [JsonIgnore]
    public string Address => $"{Host}:{Port}";
}
