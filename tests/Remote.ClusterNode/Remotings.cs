using Grpc.Net.Client;
using Proto;
using Proto.Remote;

namespace Remote.ClusterNode;

/// <summary>The one place where the two remotings differ: what is <c>using Remote;</c> or <c>using Proto.Remote.GrpcNet;</c> in an application.</summary>
internal static class Remotings
{
    public static ActorSystem With(ActorSystem system, MemberPlan plan)
    {
        var config = RemoteConfig.BindTo(plan.Host, plan.Port).WithProtoMessages(ClusternodeReflection.Descriptor);
        config = plan.AdvertisedPort is { } port ? config.WithAdvertisedHost("127.0.0.1").WithAdvertisedPort(port) : config;
        return plan.Remoting switch
        {
            MemberPlan.Ours => RemoteExtensions.WithRemote(system, config, options => Configure(options, plan)),
            MemberPlan.Proto => Proto.Remote.GrpcNet.Extensions.WithRemote(system, config with { ChannelOptions = Channels(plan) }),
            _ => throw new FormatException($"'{plan.Remoting}' is no remoting: {MemberPlan.Ours} or {MemberPlan.Proto}."),
        };
    }

    private static void Configure(RemoteOptions options, MemberPlan plan)
    {
        options.Endpoint.QueueCapacity = plan.QueueCapacity ?? options.Endpoint.QueueCapacity;
        options.Hooks.Connect = plan.DialThrough.Count > 0 ? new DialledThrough(plan.DialThrough).ConnectAsync : null;
    }

    private static GrpcChannelOptions Channels(MemberPlan plan)
    {
        var through = new DialledThrough(plan.DialThrough);
        return plan.DialThrough.Count == 0
            ? new GrpcChannelOptions()
            : new GrpcChannelOptions
            {
                HttpHandler = new SocketsHttpHandler
                {
                    EnableMultipleHttp2Connections = true,
                    ConnectCallback = (context, cancellationToken) => through.ConnectAsync(context.DnsEndPoint, cancellationToken),
                },
            };
    }
}
