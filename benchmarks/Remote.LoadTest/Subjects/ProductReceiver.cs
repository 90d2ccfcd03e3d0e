using Remote.Actors;

namespace Remote.LoadTest;

/// <summary>A node with one actor that counts or answers. All options are the defaults, but for links where the plan leaves them out.</summary>
internal sealed class ProductReceiver(RunPlan plan) : IReceiver
{
    private readonly ActorSystem _system = new();
    private RemoteHost? _remote;
    private long _deadLetters;

    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    public async Task<string> StartAsync()
    {
        _system.EventStream.Subscribe<DeadLetterEvent>(_ => Interlocked.Increment(ref _deadLetters));
        _remote = await RemoteHost.StartAsync(_system, new RemoteOptions { Link = { Resume = plan.Resume } }, setup => setup.AddMessages(LoadtestReflection.Descriptor));
        if (Scenarios.Answers(plan.Scenario))
        {
            _system.Root.SpawnNamed(Props.FromProducer(() => new EchoActor()), ProductNames.Echo);
        }
        else
        {
            _system.Root.SpawnNamed(Props.FromProducer(() => new CounterActor()), ProductNames.Counter);
        }

        return _remote.Address;
    }

    public async ValueTask DisposeAsync()
    {
        if (_remote is not null)
        {
            await _remote.DisposeAsync();
        }

        await _system.DisposeAsync();
    }
}
