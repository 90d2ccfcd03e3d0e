namespace Remote.Cluster.Redis;

/// <summary>The Lua scripts of the folder Scripts. Each is one step of Redis: nobody sees half of it.</summary>
internal static class IdentityScript
{
    /// <summary>Takes part in the server's epoch, or begins one.</summary>
    public static readonly string Join = Load("join.lua");

    /// <summary>Is the epoch still the same, and has something happened to these members?</summary>
    public static readonly string Check = Load("check.lua");

    /// <summary>What is stored, or who has the lock.</summary>
    public static readonly string Read = Load("read.lua");

    /// <summary>Takes the lock if nobody has it and nothing is stored.</summary>
    public static readonly string Acquire = Load("acquire.lua");

    /// <summary>Gives the lock back, if it is still the caller's.</summary>
    public static readonly string Release = Load("release.lua");

    /// <summary>Stores an activation and gives the lock back, if it is still the caller's.</summary>
    public static readonly string Store = Load("store.lua");

    /// <summary>Removes one activation, if it is the one that is meant.</summary>
    public static readonly string Remove = Load("remove.lua");

    /// <summary>Removes all of a member at once, and deletes some of it.</summary>
    public static readonly string RemoveMember = Load("remove-member.lua");

    /// <summary>Says again what runs on a member.</summary>
    public static readonly string Claim = Load("claim.lua");

    /// <summary>Which of these activations do not count any more?</summary>
    public static readonly string Confirm = Load("confirm.lua");

    private static string Load(string name) => Text("prelude.lua") + Text(name);

    private static string Text(string name)
    {
        using var stream = typeof(IdentityScript).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
