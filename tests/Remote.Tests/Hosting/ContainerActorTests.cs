using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Proto;
using Proto.DependencyInjection;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>Actors that the application's container makes, also when another node spawns them; and who disposes of what.</summary>
[Trait("Behaviour", "O-01")]
public sealed class ContainerActorTests : IAsyncLifetime
{
    private readonly Book _book = new();
    private IHost _host = null!;
    private bool _isDisposed;

    private ReliableRemote Node => _host.Services.GetRequiredService<ReliableRemote>();

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(_book);
        builder.Services.AddScoped<Pen>();
        builder.Services.AddTransient<Clerk>();
        builder.Services.AddRemote(provider => RemoteConfig.BindToLocalhost()
            .WithProtoMessages(WrappersReflection.Descriptor)
            .WithRemoteKind("clerk", provider.GetRequiredService<ActorSystem>().DI().PropsFor<Clerk>())
            .WithRemoteKind("named clerk", provider.GetRequiredService<ActorSystem>().DI().PropsFor<NamedClerk>("ada")));
        _host = builder.Build();
        await _host.StartAsync().Within("the start");
    }

    public async Task DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _host.StopAsync().Within("the stop");
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    [Theory]
    [InlineData("clerk", "1 hello")]
    [InlineData("named clerk", "ada 1 hello")]
    public async Task KindThatAnotherNodeSpawns_HasTheServicesOfItsApplication(string kind, string expected)
    {
        await using var system = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor));
        await system.Remote().StartAsync().Within("the start");

        var clerk = await system.ReliableRemote().SpawnAsync(Node.Address, kind).Within("the spawn");
        var answer = await system.Root.RequestAsync<StringValue>(clerk, new StringValue { Value = "hello" }, TestTime.Ceiling);

        Assert.Equal(expected, answer.Value);
        await system.Remote().ShutdownAsync().Within("the shutdown");
    }

    /// <summary>
    /// As docs/operations.md has it: what an actor takes for each message goes with that message, and the actor when it stops. One that the container resolved
    /// is held by the container too, and disposed of with that once more; one that it only gave services to is not.
    /// </summary>
    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public async Task ActorThatTakesAScopeForEachMessage_GivesItBack_AndIsDisposedOfWhenItStops(bool hasArguments, int disposedOfInTheEnd)
    {
        var root = Node.System.Root;
        var clerk = root.Spawn(hasArguments ? Node.System.DI().PropsFor<NamedClerk>("ada") : Node.System.DI().PropsFor<Clerk>());

        await root.RequestAsync<StringValue>(clerk, new StringValue { Value = "a" }, TestTime.Ceiling);
        await root.RequestAsync<StringValue>(clerk, new StringValue { Value = "b" }, TestTime.Ceiling);
        Assert.Equal((2, 2, 0), (_book.PensMade, _book.PensGone, _book.ClerksGone));
        await root.PoisonAsync(clerk).Within("the end");

        Assert.Equal(1, _book.ClerksGone);
        await DisposeAsync();
        Assert.Equal(disposedOfInTheEnd, _book.ClerksGone);
    }

    [Fact]
    public async Task SystemOfTheApplicationsOwn_HasTheServicesToo()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(_book).AddSingleton(_ => new ActorSystem()).AddTransient<Clerk>();
        builder.Services.AddRemote(provider => RemoteConfig.BindToLocalhost()
            .WithRemoteKind("clerk", provider.GetRequiredService<ActorSystem>().DI().PropsFor<Clerk>()));
        using var host = builder.Build();

        await host.StartAsync().Within("the start");

        Assert.Equal(["clerk"], host.Services.GetRequiredService<ReliableRemote>().Kinds);
        await host.StopAsync().Within("the stop");
    }

    private sealed class Book
    {
        private int _pensMade;
        private int _pensGone;
        private int _clerksGone;

        public int PensMade => _pensMade;

        public int PensGone => _pensGone;

        public int ClerksGone => _clerksGone;

        public int Make() => Interlocked.Increment(ref _pensMade);

        public void PenGone() => Interlocked.Increment(ref _pensGone);

        public void ClerkGone() => Interlocked.Increment(ref _clerksGone);
    }

    private sealed class Pen(Book book) : IDisposable
    {
        private readonly int _number = book.Make();

        public string Write(string text) => $"{_number} {text}";

        public void Dispose() => book.PenGone();
    }

    private class Clerk(IServiceScopeFactory scopes, Book book) : IActor, IAsyncDisposable
    {
        protected virtual string Prefix => "";

        public async Task ReceiveAsync(IContext context)
        {
            if (context.Message is StringValue text)
            {
                await using var scope = scopes.CreateAsyncScope();
                context.Respond(new StringValue { Value = Prefix + scope.ServiceProvider.GetRequiredService<Pen>().Write(text.Value) });
            }
        }

        public ValueTask DisposeAsync()
        {
            book.ClerkGone();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class NamedClerk(string name, IServiceScopeFactory scopes, Book book) : Clerk(scopes, book)
    {
        protected override string Prefix => name + " ";
    }
}
