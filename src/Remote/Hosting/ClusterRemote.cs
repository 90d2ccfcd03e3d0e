using Microsoft.Extensions.DependencyInjection;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>
/// Puts our remoting into the place of the one that <c>AddProtoCluster</c> makes. A cluster looks for its remoting only when it starts, and
/// Proto.Remote's own leaves nothing behind in a system that it was not started in, so it is enough to come right after.
/// </summary>
internal static class ClusterRemote
{
    /// <summary>Lets the actor system of the services have our remoting from the moment on that it is made.</summary>
    public static void TakePlace(IServiceCollection services)
    {
        var given = services.LastOrDefault(service => service.ServiceType == typeof(ActorSystem) && !service.IsKeyedService)
            ?? throw new InvalidOperationException("No actor system was added yet: call services.AddProtoCluster(...) before AddClusterRemote().");
        services[services.IndexOf(given)] = ServiceDescriptor.Singleton(provider => WithRemote(Make(given, provider), provider));
    }

    private static ActorSystem Make(ServiceDescriptor given, IServiceProvider provider) =>
        (ActorSystem)(given.ImplementationInstance
            ?? given.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, given.ImplementationType!));

    private static ActorSystem WithRemote(ActorSystem system, IServiceProvider provider)
    {
        var made = system.Extensions.Get<IRemote>()
            ?? throw new InvalidOperationException("The actor system has no remoting to take the place of: use AddRemote(...), or system.WithRemote(...).");
        if (made is not ReliableRemote)
        {
            var (config, options) = NodeStart.Read(provider, (_, section) => section.ApplyTo(made.Config), isClient: false);
            _ = new ReliableRemote(system, config, options);
        }

        return system;
    }
}
