using System.Text.Json;

namespace Remote.ClusterNode;

/// <summary>What a member is and how it is timed: the one argument of the program, as JSON.</summary>
internal sealed record MemberPlan
{
    public const string Ours = "ours", Proto = "proto";

    public const string SeedNodes = "seed", Etcd = "etcd";

    public const string PartitionActivator = "partition-activator", PartitionIdentity = "partition-identity", Redis = "redis";

    /// <summary><see cref="Ours"/> or <see cref="Proto"/>.</summary>
    public string Remoting { get; init; } = Ours;

    /// <summary><see cref="SeedNodes"/> or <see cref="Etcd"/>.</summary>
    public string Provider { get; init; } = SeedNodes;

    /// <summary><see cref="PartitionActivator"/>, <see cref="PartitionIdentity"/> or <see cref="Redis"/>.</summary>
    public string Lookup { get; init; } = PartitionActivator;

    public string ClusterName { get; init; } = "test";

    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>The port of the proxy that the others dial, on 127.0.0.1; <see langword="null"/> when there is none.</summary>
    public int? AdvertisedPort { get; init; }

    /// <summary>The proxies through which it dials others, by the address that it dials; empty when it dials them itself.</summary>
    public IReadOnlyDictionary<string, string> DialThrough { get; init; } = new Dictionary<string, string>();

    /// <summary>The addresses of the members that may be there already, for <see cref="SeedNodes"/>. This member may be among them.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>The URLs of the servers for <see cref="Etcd"/>.</summary>
    public IReadOnlyList<string> EtcdEndpoints { get; init; } = [];

    /// <summary>The configuration string of the server for <see cref="Redis"/>.</summary>
    public string RedisConfiguration { get; init; } = "";

    /// <summary>The address that the others know.</summary>
    public string Address => FormattableString.Invariant($"{(AdvertisedPort is null ? Host : "127.0.0.1")}:{AdvertisedPort ?? Port}");

    public ClusterTimings Timings { get; init; } = new();

    /// <summary>The messages that may wait for one member; <see langword="null"/> for the default. Only for <see cref="Ours"/>.</summary>
    public int? QueueCapacity { get; init; }

    /// <summary>Whether warnings of Proto.Actor, Proto.Cluster and Remote go to the standard error.</summary>
    public bool IsLoud { get; init; }

    public static MemberPlan Parse(string json) =>
        JsonSerializer.Deserialize<MemberPlan>(json) ?? throw new FormatException("The plan of the member is missing.");

    public string ToJson() => JsonSerializer.Serialize(this);
}
