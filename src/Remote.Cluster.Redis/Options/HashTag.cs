namespace Remote.Cluster.Redis;

/// <summary>
/// The part of a key in braces, by which Redis Cluster finds its slot. The scripts work on several keys at once, and Redis Cluster allows that only
/// within one slot, so every prefix has exactly one tag, and it is the first pair of braces in the key.
/// </summary>
internal static class HashTag
{
    /// <summary>The prefix with a hash tag and a colon at its end, or null and the reason why there is none.</summary>
    public static string? Complete(string? prefix, out string? fault)
    {
        fault = null;
        if (string.IsNullOrWhiteSpace(prefix))
        {
            fault = "KeyPrefix is empty; it must be a text of its own for each cluster, for example the cluster's name";
            return null;
        }

        if (!prefix.AsSpan().ContainsAny('{', '}'))
        {
            return $"{{{prefix}}}:";
        }

        var open = prefix.IndexOf('{', StringComparison.Ordinal);
        var close = prefix.IndexOf('}', StringComparison.Ordinal);
        if (open >= 0 && close > open + 1 && prefix.LastIndexOf('{') == open && prefix.LastIndexOf('}') == close)
        {
            return prefix + ":";
        }

        fault = $"KeyPrefix '{prefix}' has braces that are no hash tag, so the keys of the cluster would lie in several slots of a Redis Cluster; "
            + "leave the braces out, or put them around one part that is not empty, as in 'prod:{orders}'";
        return null;
    }
}
