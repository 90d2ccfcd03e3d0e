namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-11")]
public sealed class ProcessRegistryTests
{
    [Fact]
    public async Task Find_KnowsLocalProcessesById()
    {
        await using var system = new TestSystem();
        var pid = system.Root.SpawnNamed(Functions.Echo, "known");

        Assert.Same(system.System.Processes.Get(pid), system.System.Processes.Find("known"));
        Assert.Null(system.System.Processes.Find("unknown"));
        await system.Root.StopAsync(pid).Within("the actor's end");
        Assert.Null(system.System.Processes.Find("known"));
    }

    [Fact]
    public async Task LocalProcesses_ListsAll()
    {
        await using var system = new TestSystem();
        var spawned = Enumerable.Range(0, 1000).Select(_ => system.Root.Spawn(Functions.Echo).Id).ToHashSet();

        var listed = system.System.Processes.LocalProcesses.Select(entry => entry.Key).ToList();

        Assert.Subset(listed.ToHashSet(), spawned);
        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Superset(new HashSet<string> { "$deadletter", "$eventstream", system.System.Futures.Pid.Id }, listed.ToHashSet());
        Assert.Equal(listed.Order(), system.System.Processes.LocalPids.Select(pid => pid.Id).Order());
    }

    [Fact]
    public async Task LocalProcesses_WhileActorsComeAndGo_ListsThoseThatStay()
    {
        await using var system = new TestSystem();
        var coming = TestScale.Count(100_000);
        var staying = Enumerable.Range(0, 100).Select(_ => system.Root.SpawnPrefix(Functions.Echo, "staying").Id).ToHashSet();
        using var done = new CancellationTokenSource();
        var lists = 0;
        var listing = Task.Run(() =>
        {
            do
            {
                var listed = system.System.Processes.LocalProcesses.Select(entry => entry.Key).ToList();
                Assert.Equal(listed.Count, listed.Distinct().Count());
                Assert.Subset(listed.ToHashSet(), staying);
                Assert.All(staying, id => Assert.NotNull(system.System.Processes.Find(id)));
                lists++;
            }
            while (!done.IsCancellationRequested);
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < coming / 4; i++)
            {
                var pid = system.Root.Spawn(Functions.Echo);
                await system.Root.StopAsync(pid);
                Assert.Null(system.System.Processes.Find(pid.Id));
            }
        }))).Within($"{coming} actors to come and go");
        await done.CancelAsync();
        await listing.Within("the listing");

        Assert.True(lists > 0);
        Assert.Equal(staying, system.System.Processes.LocalProcesses.Select(entry => entry.Key).Where(id => id[0] != '$').ToHashSet());
        Assert.Equal(100, system.System.Guardian(SupervisorStrategy.Default).Children.Count);
    }

    [Fact]
    public async Task Resolver_IsAskedForOtherAddressesAndUnknownIds()
    {
        await using var system = new TestSystem();
        var resolver = new FakeResolver();
        system.System.Processes.SetResolver(resolver);
        system.System.SetAddress("here:1");
        var known = system.Root.SpawnNamed(Functions.Echo, "known");

        system.System.Processes.Get(known);
        Assert.Same(system.System.Processes.Get(known), system.System.Processes.Get(new PID("here:1", "known")));
        Assert.Empty(resolver.Asked);

        Assert.Same(resolver.Process, system.System.Processes.Get(new PID("far:1", "known")));
        Assert.Same(resolver.Process, system.System.Processes.Get(new PID("", "$client/1/x")));
        Assert.Same(resolver.Process, system.System.Processes.Get(new PID("here:1", "$client/1/x")));
        Assert.Same(system.System.DeadLetters, system.System.Processes.Get(new PID("", "unknown")));
        Assert.Equal(["far:1/known", "$client/1/x", "here:1/$client/1/x", "unknown"], resolver.Asked);
    }

    [Fact]
    public async Task Get_Resolved_IsCachedOnThePid_UntilItEnds()
    {
        await using var system = new TestSystem();
        var resolver = new FakeResolver();
        system.System.Processes.SetResolver(resolver);
        var pid = new PID("far:1", "x");

        system.System.Processes.Get(pid);
        system.System.Processes.Get(pid);
        Assert.Single(resolver.Asked);
        ((FakeProcess)resolver.Process).IsAlive = false;
        system.System.Processes.Get(pid);
        Assert.Equal(2, resolver.Asked.Count);
    }

    [Fact]
    public async Task IsLocalAddress_OwnAddressAndAliases()
    {
        await using var system = new TestSystem();
        Assert.True(system.System.IsLocalAddress(""));
        Assert.False(system.System.IsLocalAddress("here:1"));

        system.System.SetAddress("here:1");
        system.System.SetAliases(address => address == "alias:1");

        Assert.Equal("here:1", system.System.Address);
        Assert.True(system.System.IsLocalAddress("here:1"));
        Assert.True(system.System.IsLocalAddress("alias:1"));
        Assert.False(system.System.IsLocalAddress("other:1"));
    }

    [Fact]
    public async Task TryAdd_TakenId_GivesThePidThatHoldsIt()
    {
        await using var system = new TestSystem();
        var process = new FakeProcess();

        Assert.True(system.System.Processes.TryAdd("id", process, out var added));
        Assert.False(system.System.Processes.TryAdd("id", new FakeProcess(), out var present));

        Assert.Equal(added, present);
        Assert.Same(process, system.System.Processes.Get(present));
        Assert.True(system.System.Processes.Remove(added));
        Assert.False(system.System.Processes.Remove(added));
    }

    private sealed class FakeResolver : IProcessResolver
    {
        public List<string> Asked { get; } = [];

        public IProcess Process { get; } = new FakeProcess();

        public IProcess? Resolve(PID pid)
        {
            Asked.Add(pid.ToString());
            return pid.Id == "unknown" ? null : Process;
        }
    }

    private sealed class FakeProcess : IProcess
    {
        public bool IsAlive { get; set; } = true;

        public bool AcceptsRemoteMessages => true;

        public void SendUserMessage(PID target, in MessageEnvelope envelope)
        {
        }

        public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void SendSystemMessage(PID target, SystemMessage message)
        {
        }
    }
}
