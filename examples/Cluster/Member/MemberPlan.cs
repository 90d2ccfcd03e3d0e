using System.Text.Json;

namespace OrderCluster;

/// <summary>What a member has to know: the one argument of its process.</summary>
/// <param name="Ledgers">The folder with the ledgers of all customers, the same for all members.</param>
/// <param name="Etcd">The URL of etcd; <see langword="null"/> for seed nodes.</param>
/// <param name="Redis">The address of Redis; <see langword="null"/> for placement by the members alone.</param>
/// <param name="Seed">The address of a member that is there already; only where there is no etcd.</param>
internal sealed record MemberPlan(string Ledgers, string? Etcd, string? Redis, string? Seed)
{
    /// <summary>Before the address of a member, when it has joined.</summary>
    public const string ReadyPrefix = "joined at ";

    public static MemberPlan FromJson(string json) =>
        JsonSerializer.Deserialize<MemberPlan>(json) ?? throw new OrderDeskException("A member needs a plan.");

    public string ToJson() => JsonSerializer.Serialize(this);
}
