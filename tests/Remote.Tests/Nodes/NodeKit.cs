using Proto;

namespace Remote.Tests;

/// <summary>The parts of a node that does not listen.</summary>
internal static class NodeKit
{
    public const string Address = "here:1";

    public static NodeSettings SettingsOf(ActorSystem system, RemoteOptions? options = null, TestSetup? setup = null)
    {
        options ??= new RemoteOptions();
        setup ??= new TestSetup();
        setup.Fill(options.Hooks);
        return new NodeSettings(system, setup.ToConfig(), options, IsClient: false);
    }

    public static NodeParts PartsOf(ActorSystem system, RemoteOptions? options = null, TestSetup? setup = null)
    {
        var settings = SettingsOf(system, options, setup);
        system.SetAddress("here", 1);
        MailboxInstallation.Install(system);
        return new NodeParts(new NodeContext(settings, Address, CancellationToken.None), settings, new PeerBlockList(settings));
    }
}
