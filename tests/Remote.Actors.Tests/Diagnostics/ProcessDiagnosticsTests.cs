namespace Remote.Actors.Tests;

public sealed class ProcessDiagnosticsTests
{
    [Fact]
    public async Task Diagnose_Actor_TellsHowItIs()
    {
        await using var system = new TestSystem(expectErrors: true);
        PID? child = null;
        var gate = new Gate();
        var watcher = system.Root.SpawnNamed(Functions.Echo, "watcher");
        var pid = system.Root.SpawnNamed(
            Props.FromProducer(() => new Patient(started => child = started.SpawnNamed(Functions.Echo, "child"))),
            "patient");
        system.Root.Send(pid, new Boom());
        system.System.SendSystem(pid, new Watch(watcher));
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy, after its restart");
        system.Root.Send(pid, "waiting");
        system.Root.Send(pid, "waiting");
        system.System.SendSystem(pid, new Unwatch(pid));

        var diagnostics = system.System.Processes.Diagnose("patient")!;

        Assert.Equal(("patient", "actor", typeof(Patient).ToString(), "Alive"), (diagnostics.Id, diagnostics.Kind, diagnostics.Type, diagnostics.State));
        Assert.Equal((2, 1, 1), (diagnostics.UserMessages, diagnostics.SystemMessages, diagnostics.Restarts));
        Assert.Equal([child!], diagnostics.Children);
        Assert.Equal([watcher], diagnostics.Watchers);
        Assert.IsType<Boom>(diagnostics.LastFailure!.Exception);
        Assert.Equal(typeof(Boom), diagnostics.LastFailure.MessageType);
        gate.Open();
    }

    [Fact]
    public async Task Diagnose_Stopping_SaysSo()
    {
        await using var system = new TestSystem();
        var gate = new Gate();
        var pid = system.Spawn(context => context.Message is Stopping ? gate.PassAsync() : Task.CompletedTask);
        system.Root.Stop(pid);
        await gate.Entered.Within("the actor to be stopping");

        Assert.Equal("Stopping", system.System.Processes.Diagnose(pid.Id)!.State);
        gate.Open();
    }

    [Fact]
    public async Task Diagnose_OtherProcesses_TellTheirKind()
    {
        await using var system = new TestSystem();
        system.Root.Spawn(Functions.Echo);

        Assert.Null(system.System.Processes.Diagnose("missing"));
        Assert.Equal("process", system.System.Processes.Diagnose("$deadletter")!.Kind);
        Assert.Equal("future", system.System.Processes.Diagnose(system.System.Futures.Pid.Id)!.Kind);
        var guardian = system.System.Processes.LocalProcesses.Single(entry => entry.Value is GuardianProcess).Key;
        Assert.Equal(("guardian", 1), (system.System.Processes.Diagnose(guardian)!.Kind, system.System.Processes.Diagnose(guardian)!.Children.Count));
    }

    private sealed class Patient(Action<IContext> started) : IActor
    {
        public async Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Started:
                    started(context);
                    break;
                case Boom boom:
                    throw boom;
                case Gate gate:
                    await gate.PassAsync();
                    break;
            }
        }
    }
}
