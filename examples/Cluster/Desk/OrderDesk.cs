using System.Diagnostics;
using System.Globalization;
using Proto.Cluster;

namespace OrderCluster;

/// <summary>
/// The story: three members, orders of many customers. While they arrive the cluster forgets customers that live, one member is killed, another one joins.
/// At the end the ledgers are read.
/// </summary>
internal sealed class OrderDesk(int orders, int customers, TextWriter output)
{
    private const int Members = 3;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);

    private readonly List<MemberProcess> _members = [];

    /// <returns>Whether every order was booked once.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        await using var etcd = await LocalServer.StartEtcdAsync();
        await using var redis = await LocalServer.StartRedisAsync();
        await SayAsync(etcd is null
            ? "members find each other through a seed node (etcd is not installed here)"
            : $"members find each other through etcd at 127.0.0.1:{etcd.Port}");
        await SayAsync(redis is null
            ? "customers are found through the members themselves (Redis is not installed here)"
            : $"customers are found through Redis at 127.0.0.1:{redis.Port}");
        var ledgers = Directory.CreateTempSubdirectory("ledgers-");
        try
        {
            var plan = new MemberPlan(ledgers.FullName, etcd is null ? null : $"http://127.0.0.1:{etcd.Port}", redis is null ? null : $"127.0.0.1:{redis.Port}", Seed: null);
            return await GuardedAsync(plan, [.. new[] { etcd, redis }.OfType<LocalServer>()], cancellation);
        }
        finally
        {
            await LeaveAsync();
            _members.ForEach(member => member.Dispose());
            ledgers.Delete(recursive: true);
        }
    }

    /// <summary>The story, as long as its servers are there.</summary>
    private async Task<bool> GuardedAsync(MemberPlan plan, LocalServer[] servers, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var story = RunAsync(plan, stop.Token);
        await Task.WhenAny([story, .. servers.Select(server => server.Ended)]);
        if (Array.Find(servers, server => server.Ended.IsCompleted) is { } lost && !story.IsCompleted && !cancellation.IsCancellationRequested)
        {
            // Without it, leaving the cluster may take longer than anybody wants to wait.
            await stop.CancelAsync();
            await Task.WhenAny(story, Task.Delay(LeaveTimeout, CancellationToken.None));
            throw new OrderDeskException($"{lost} has ended: no order can be booked without it; start the program again", ExitCode.ProcessLost);
        }

        try
        {
            return await story;
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task<bool> RunAsync(MemberPlan plan, CancellationToken cancellation)
    {
        // 1. The desk is a member too, on which no customer lives; without etcd it is the one that the others know.
        await using var desk = await ClusterNode.JoinAsync(plan);
        var joining = plan with { Seed = desk.Address };
        await StartMembersAsync(joining, cancellation);
        foreach (var member in _members)
        {
            await SayAsync($"member {member.Number} is process {member.ProcessId} at {member.Address}");
        }

        // 2. Orders arrive, the cluster is wrong about who lives, a member is killed, another one comes.
        var since = Stopwatch.GetTimestamp();
        var stream = new OrderStream(desk.Cluster, orders, customers);
        var arriving = stream.RunAsync(cancellation);
        await UntilAsync(stream, arriving, orders / 6);
        await SayAsync($"the cluster was made to forget {await ForgetAsync(desk.Cluster, stream, cancellation)} customers, who go on living where nobody looks for them");
        await UntilAsync(stream, arriving, orders / 3);
        cancellation.ThrowIfCancellationRequested();
        await _members[1].KillAsync();
        await SayAsync($"member 2 was killed after {stream.Booked} of {orders} orders");
        await UntilAsync(stream, arriving, orders * 2 / 3);
        _members.Add(await MemberProcess.StartAsync(Members + 1, joining, cancellation));
        await SayAsync($"member {Members + 1} has joined after {stream.Booked} orders, as process {_members[^1].ProcessId}");
        await UntilAsync(stream, arriving, orders);
        await arriving;
        var took = Stopwatch.GetElapsedTime(since);

        // 3. Everybody leaves, so that nobody holds a ledger; then they are read.
        await LeaveAsync();
        return await ReportAsync(Audit.Of(plan.Ledgers, stream, orders), stream, took);
    }

    /// <summary>
    /// With etcd all at once. With a seed node one after the other: of members that join it at the same time, Proto.Cluster may take one for a member
    /// that has left (docs/cluster.md).
    /// </summary>
    private async Task StartMembersAsync(MemberPlan joining, CancellationToken cancellation)
    {
        var numbers = Enumerable.Range(1, Members);
        if (joining.Etcd is not null)
        {
            _members.AddRange(await Task.WhenAll(numbers.Select(number => MemberProcess.StartAsync(number, joining, cancellation))));
            return;
        }

        foreach (var number in numbers)
        {
            _members.Add(await MemberProcess.StartAsync(number, joining, cancellation));
        }
    }

    /// <summary>
    /// A cluster may take one that lives for gone (docs/cluster.md), and the next order starts another one, perhaps elsewhere, while the first one has the
    /// ledger. Here it is made to.
    /// </summary>
    private async Task<int> ForgetAsync(Proto.Cluster.Cluster cluster, OrderStream stream, CancellationToken cancellation)
    {
        var forgotten = 0;
        foreach (var customer in Enumerable.Range(0, customers).Select(number => ClusterIdentity.Create(stream.CustomerOf(number), CustomerActor.Kind)))
        {
            try
            {
                if (await cluster.IdentityLookup.GetAsync(customer, cancellation) is { } living)
                {
                    await cluster.IdentityLookup.RemovePidAsync(customer, living, cancellation);
                    cluster.PidCache.RemoveByVal(customer, living);
                    forgotten++;
                }
            }
            catch (Exception)
            {
                // Proto.Cluster has exceptions of several kinds for one that is cancelled.
                cancellation.ThrowIfCancellationRequested();

                // Otherwise somebody else has ended a member meanwhile; that customer is not forgotten, which is as good.
            }
        }

        return forgotten;
    }

    /// <summary>Until so many orders are booked, or placing them has failed.</summary>
    /// <exception cref="OrderDeskException">There is no member left that could book one.</exception>
    private async Task UntilAsync(OrderStream stream, Task arriving, int booked)
    {
        while (stream.Booked < booked && !arriving.IsCompleted)
        {
            if (_members.TrueForAll(member => member.HasEnded))
            {
                throw new OrderDeskException($"no member is left: {stream.Booked} of {orders} orders are booked; start the program again", ExitCode.ProcessLost);
            }

            await Task.Delay(Look, CancellationToken.None);
        }
    }

    private Task LeaveAsync() => Task.WhenAll(_members.Select(member => member.EndAsync()));

    private async Task<bool> ReportAsync(Audit audit, OrderStream stream, TimeSpan took)
    {
        foreach (var member in _members)
        {
            await SayAsync($"member {member.Number} booked {audit.ByProcess.GetValueOrDefault(member.ProcessId)}");
        }

        await SayAsync(string.Create(CultureInfo.InvariantCulture,
            $"{audit.Orders} orders of {customers} customers for {audit.Cents / 100m:N2} in {took.TotalSeconds:F1} s; {stream.Repeated} had to be placed again, the longest wait was {stream.Longest.TotalSeconds:F1} s"));
        foreach (var fault in audit.Faults)
        {
            await SayAsync(fault);
        }

        if (audit.Faults.Count == 0)
        {
            await SayAsync("no order was lost and none was booked twice");
        }

        return audit.Faults.Count == 0;
    }

    private Task SayAsync(string line) => output.WriteLineAsync(line);
}
