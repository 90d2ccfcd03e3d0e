using System.Text;

namespace Remote;

/// <summary>
/// Type names as .NET peers write them: "Shop.Order, Shop, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null".
/// Only text is handled here; names that arrive are compared with registered ones and never given to the runtime.
/// </summary>
internal static class AssemblyQualifiedName
{
    private static readonly string[] Parts = [", Version=", ", Culture=", ", PublicKeyToken="];

    /// <summary>The name of a type and its assembly, without versions: a rolling upgrade must not change it.</summary>
    internal static string Of(Type type) => WithoutVersions(type.AssemblyQualifiedName ?? type.ToString());

    /// <summary>Takes version, culture and key out, also inside the brackets of generic arguments.</summary>
    internal static string WithoutVersions(string name)
    {
        var shorter = new StringBuilder(name.Length);
        var rest = name.AsSpan();
        while (!rest.IsEmpty)
        {
            var skipped = PartLength(rest);
            if (skipped == 0)
            {
                shorter.Append(rest[0]);
                skipped = 1;
            }

            rest = rest[skipped..];
        }

        return shorter.ToString();
    }

    private static int PartLength(ReadOnlySpan<char> rest)
    {
        foreach (var part in Parts)
        {
            if (rest.StartsWith(part, StringComparison.Ordinal))
            {
                var end = rest[part.Length..].IndexOfAny(',', ']');
                return end < 0 ? rest.Length : part.Length + end;
            }
        }

        return 0;
    }
}
