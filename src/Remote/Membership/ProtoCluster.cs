using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Google.Protobuf;
using Proto;
using Proto.Context;

namespace Remote;

/// <summary>
/// All that Remote knows of Proto.Cluster, to whose package it does not refer: the name of its extension, two messages by their schema, and a few public
/// properties by their names. What a version does not have is not known, and nothing fails for it (decision page 0033).
/// </summary>
internal static class ProtoCluster
{
    private const string ExtensionType = "Proto.Cluster.Cluster";
    private const string IdentityType = "Proto.Cluster.ClusterIdentity";
    private const string TopologySchema = "cluster.ClusterTopology";

    private const string ByName = "Of a program in machine code that does not have the member, it is not known.";

    /// <summary>The cluster that an actor system is a member or a client of, or is going to be; <see langword="null"/> when there is none.</summary>
    public static object? Of(ActorSystem system)
    {
        foreach (var extension in system.Extensions.GetAll())
        {
            if (extension?.GetType().FullName == ExtensionType)
            {
                return extension;
            }
        }

        return null;
    }

    /// <summary>Whether it takes part without being a member: nothing runs on it.</summary>
    public static bool IsClient(object cluster) => Read(Read(cluster, "MemberList"), "IsClient") is true;

    /// <summary>As it was configured; empty when it is not known.</summary>
    public static string NameOf(object cluster) => Read(Read(cluster, "Config"), "ClusterName") as string ?? "";

    /// <summary>The type that says who the members are; empty when it is not known.</summary>
    public static string ProviderOf(object cluster) => TypeOf(Read(Read(cluster, "Config"), "ClusterProvider"));

    /// <summary>The type that says where an identity runs; empty when it is not known.</summary>
    public static string LookupOf(object cluster) => TypeOf(Read(Read(cluster, "Config"), "IdentityLookup"));

    /// <summary>Whether a message says who the members are. Proto.Cluster publishes one with each change.</summary>
    public static bool IsTopology(IMessage message) => message.Descriptor.FullName == TopologySchema;

    /// <summary>The members of a topology. Each has been a member since now.</summary>
    public static IEnumerable<ClusterMember> MembersOf(IMessage topology, DateTimeOffset now)
    {
        foreach (var member in ((IEnumerable)Field(topology, "members")!).OfType<IMessage>())
        {
            // A member of Proto.Remote says its host as it was configured.
            var address = PeerAddress.Canonical(PeerAddress.Of((string)Field(member, "host")!, (int)Field(member, "port")!));
            yield return new ClusterMember((string)Field(member, "id")!, address, [.. ((IEnumerable)Field(member, "kinds")!).OfType<string>()], now);
        }
    }

    /// <summary>Says of an actor which identity it is the activation of; <see langword="null"/> when this version has no such mark.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = ByName)]
    [UnconditionalSuppressMessage("Trimming", "IL2060", Justification = ByName)]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = ByName)]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = ByName)]
    public static Func<ActorContext, ActivatedIdentity?>? IdentityReaderOf(object cluster)
    {
        var type = cluster.GetType().Assembly.GetType(IdentityType);
        if (type is null || !type.IsAssignableTo(typeof(IMessage)))
        {
            return null;
        }

        // The mark is found by its type alone.
        var read = typeof(ProtoCluster).GetMethod(nameof(MarkOf), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(type)
            .CreateDelegate<Func<ActorContext, IMessage?>>();
        return actor => read(actor) is { } mark ? new ActivatedIdentity((string)Field(mark, "kind")!, (string)Field(mark, "identity")!) : null;
    }

    private static IMessage? MarkOf<T>(ActorContext actor)
        where T : class, IMessage => actor.Get<T>();

    private static object? Field(IMessage message, string name) => message.Descriptor.FindFieldByName(name)?.Accessor.GetValue(message);

    private static string TypeOf(object? part) => part?.GetType().Name ?? "";

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = ByName)]
    private static object? Read(object? part, string property) =>
        part?.GetType().GetProperty(property, BindingFlags.Instance | BindingFlags.Public)?.GetValue(part);
}

/// <summary>A member of the cluster of this node.</summary>
/// <param name="SystemId">One life of it.</param>
/// <param name="Address">Where others dial it, in the one spelling that endpoints have.</param>
/// <param name="Kinds">Of virtual actors that it can run.</param>
/// <param name="Since">When this node has seen it first.</param>
/// <param name="Until">When this node has seen it go; <see langword="null"/> while it is a member.</param>
internal sealed record ClusterMember(string SystemId, string Address, IReadOnlyList<string> Kinds, DateTimeOffset Since, DateTimeOffset? Until = null);

/// <summary>What a virtual actor is called by.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Identity">Its name among those of its kind.</param>
internal readonly record struct ActivatedIdentity(string Kind, string Identity);
