using Proto;
using Proto.Remote;
using Theirs = Proto.Remote.GrpcNet.Extensions;

namespace Remote.LoadTest;

/// <summary>The actor systems that are compared, each as an application would set it up: all options are the defaults.</summary>
internal static class ActorSystems
{
    /// <param name="subject">Whose remoting.</param>
    /// <param name="plan">Says whether ours has links.</param>
    public static ActorSystem Create(Subject subject, RunPlan plan)
    {
        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(LoadtestReflection.Descriptor);
        var system = new ActorSystem();
        return subject == Subject.ProtoRemote
            ? Theirs.WithRemote(system, config)
            : system.WithRemote(config, options => options.Link.Resume = plan.Resume);
    }
}
