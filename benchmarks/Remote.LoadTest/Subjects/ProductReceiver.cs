using Proto;
using Proto.Remote;

namespace Remote.LoadTest;

/// <summary>A node with one actor that counts or answers.</summary>
internal sealed class ProductReceiver(RunPlan plan, ActorSystem system) : IReceiver
{
    private long _deadLetters;

    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    public async Task<string> StartAsync()
    {
        system.EventStream.Subscribe<DeadLetterEvent>(_ => Interlocked.Increment(ref _deadLetters));
        if (Scenarios.Answers(plan.Scenario))
        {
            system.Root.SpawnNamed(Props.FromProducer(() => new EchoActor()), ProductNames.Echo);
        }
        else
        {
            system.Root.SpawnNamed(Props.FromProducer(() => new CounterActor()), ProductNames.Counter);
        }

        await system.Remote().StartAsync();
        return system.Address;
    }

    public async ValueTask DisposeAsync()
    {
        await system.Remote().ShutdownAsync();
        await system.DisposeAsync();
    }
}
