using System.Globalization;
using System.Text.Json;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>Members of one cluster, in processes of their own. The last of the first three can be cut off from the others.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const int Founders = 3;

    private const int FirstPort = 7000;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);
    private static int _ports;

    private readonly MemberPlan _plan;
    private readonly MemberNode?[] _members = new MemberNode?[Founders + 1];

    private TestCluster(MemberPlan plan)
    {
        var host = OwnLoopback();
        var ports = Enumerable.Range(0, Founders + 1).Select(_ => FirstPort + Interlocked.Increment(ref _ports)).ToArray();
        Cutter = new MemberCutter(host, ports[Founders - 1], ports[..(Founders - 1)]);
        _plan = plan with { Host = host };
        Ports = ports;
    }

    public ActivationLedger Ledger { get; } = new();

    /// <summary>Cuts the third member off.</summary>
    public MemberCutter Cutter { get; }

    public MemberNode First => _members[0]!;

    public MemberNode Second => _members[1]!;

    public MemberNode Third => _members[2]!;

    public IReadOnlyList<MemberNode> Members => [.. _members.OfType<MemberNode>()];

    private int[] Ports { get; }

    /// <summary>Starts three members, and waits until each sees all three.</summary>
    /// <param name="plan">What they are; where they listen is decided here.</param>
    public static async Task<TestCluster> StartAsync(MemberPlan plan)
    {
        var cluster = new TestCluster(plan with { ClusterName = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture) });
        try
        {
            if (plan.Provider == MemberPlan.Etcd)
            {
                await Task.WhenAll(Enumerable.Range(0, Founders).Select(cluster.StartAsync));
                await cluster.SettledAsync();
                return cluster;
            }

            // Of members that join seed nodes at the same time, one may take another for one that has left, and has it put out: Proto.Cluster's
            // actor changes what it knows on two threads. It does so on either remoting (docs/cluster.md).
            for (var place = 0; place < Founders; place++)
            {
                await cluster.StartAsync(place);
                await cluster.SettledAsync();
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the member of a place, for the first time or again, and waits until it has joined.</summary>
    public async Task StartAsync(int place)
    {
        if (_members[place] is { } before)
        {
            await before.DisposeAsync();
            _members[place] = null;
        }

        // As a directory of members would have it: those that live.
        var plan = _plan with { Port = Ports[place], Seeds = [.. Members.Where(member => member is { HasEnded: false, Address.Length: > 0 }).Select(member => member.Address)] };
        plan = place == Founders - 1 ? Cutter.Apply(plan) : plan;
        await (_members[place] = MemberNode.Start(plan, Ledger)).JoinedAsync();
    }

    /// <summary>The member of a place is there no more, by whatever way.</summary>
    public async Task ForgetAsync(int place)
    {
        await _members[place]!.DisposeAsync();
        _members[place] = null;
    }

    /// <summary>Waits until each member sees all members and nobody else.</summary>
    public async Task SettledAsync()
    {
        var since = CounterActor.Now;
        string seen;
        do
        {
            var states = await Task.WhenAll(Members.Select(member => member.TellAsync("status")));
            var all = string.Join(' ', Members.Select(member => member.Id).Order(StringComparer.Ordinal));
            seen = string.Join("; ", states.Select(Seen));
            if (states.All(state => Seen(state) == all))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
        while (CounterActor.Now - since < Ceiling.TotalNanoseconds);

        throw new TimeoutException($"The members do not agree within {Ceiling}: {seen}.\n{string.Join('\n', Members.Select(member => member.Describe()))}");
    }

    /// <summary>Kills each member that most of them do not see.</summary>
    public async Task KillThoseOutsideAsync()
    {
        var alive = Members.Where(member => !member.HasEnded).ToArray();
        var states = await Task.WhenAll(alive.Select(member => member.TellAsync("status")));
        foreach (var member in alive.Where(member => states.Count(state => Seen(state).Contains(member.Id, StringComparison.Ordinal)) <= Founders / 2))
        {
            await member.KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
        {
            await member.DisposeAsync();
        }

        await Cutter.DisposeAsync();
    }

    private static string Seen(JsonElement state) =>
        string.Join(' ', state.GetProperty("members").EnumerateArray().Select(id => id.GetString()).Order(StringComparer.Ordinal));

    // A loopback address of this process's own: a port that is given up and taken again cannot be snatched by another test meanwhile.
    private static string OwnLoopback()
    {
        var id = Environment.ProcessId;
        return OperatingSystem.IsLinux() ? string.Create(CultureInfo.InvariantCulture, $"127.{20 + (id / 62_500 % 40)}.{id / 250 % 250}.{1 + (id % 250)}") : "127.0.0.1";
    }
}
