namespace Remote;

/// <summary>A part of an application that adds messages or kinds; all of them are applied, in the order of registration.</summary>
internal sealed record RemoteSetupAction(Action<IServiceProvider, RemoteSetup> Apply);
