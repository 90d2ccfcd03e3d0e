namespace Remote;

/// <summary>Asks the application whether an address may be dialled. Thread-safe.</summary>
internal static class DialPolicy
{
    /// <summary>Whether the application lets an address be dialled. A hook that throws has not said yes.</summary>
    public static bool Allows(NodeContext context, string address, DialOrigin origin)
    {
        if (context.Options.Hooks.AllowDial is not { } allows)
        {
            return true;
        }

        try
        {
            if (allows(address, origin))
            {
                return true;
            }
        }
        catch (Exception exception)
        {
            RemoteLog.DialHookFailed(context.Log, address, origin, exception);
        }

        context.Refusals.Count(Limit.Dial, context.Log, address);
        return false;
    }
}
