namespace Remote.StartBench;

/// <summary>What the processes of a measurement are told to be.</summary>
internal static class Roles
{
    public const string Configured = "configured";
    public const string FirstReply = "first-reply";
    public const string Nothing = "nothing";
    public const string Server = "server";

    /// <summary>What the server says when it listens.</summary>
    public const string Listening = "listening";

    /// <summary>The actor that answers.</summary>
    public const string Actor = "greeter";
}
