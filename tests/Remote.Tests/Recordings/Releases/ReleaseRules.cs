using Google.Protobuf.Reflection;

namespace Remote.Tests;

/// <summary>
/// When what our node says is what the recorded one said. Field by field: what is on the wire of one must be on that of the other, with the same
/// value, except for what is listed here and what <see cref="ReleaseNames"/> learns. Fields of ours that the release did not have are additions: it
/// would have skipped them.
/// </summary>
internal sealed class ReleaseRules(ReleaseNames names)
{
    /// <summary>Says what differs; nothing if nothing does.</summary>
    public IEnumerable<string> Compare(WireMessage recorded, WireMessage live, string path = "")
    {
        foreach (var field in recorded.Type.Fields.InFieldNumberOrder())
        {
            var difference = field.FullName switch
            {
                // A later release may be able to do more.
                "remote.ServerConnection.capabilities" or "remote.ClientConnection.capabilities" or "remote.ConnectResponse.capabilities" =>
                    recorded.Values(field).Except(live.Values(field)).Select(missing => $"{path}{field.Name}: {missing} is missing"),

                // How much was taken when the stream came back is a matter of microseconds.
                "remote.ConnectResponse.credit" when recorded.Number("link_status") != 0 => Credit(recorded, live, field, path),
                "remote.ClientConnection.credit" when recorded.Number("established") != 0 => Credit(recorded, live, field, path),

                // A map has no order.
                "remote.MessageHeader.header_data" => Pairs(field, Sorted(recorded.Values(field)), Sorted(live.Values(field)), path),
                _ => Pairs(field, recorded.Values(field), live.Values(field), path),
            };
            foreach (var one in difference)
            {
                yield return one;
            }
        }
    }

    private IEnumerable<string> Pairs(FieldDescriptor field, IReadOnlyList<object> recorded, IReadOnlyList<object> live, string path)
    {
        if (recorded.Count != live.Count)
        {
            return [$"{path}{field.Name}: recorded [{Show(recorded)}], ours [{Show(live)}]"];
        }

        return recorded.Zip(live).SelectMany(pair => (pair.First, pair.Second) is (WireMessage one, WireMessage other)
            ? Compare(one, other, $"{path}{field.Name}.")
            : names.Same(field, pair.First, pair.Second) ? [] : (IEnumerable<string>)[$"{path}{field.Name}: recorded {Show([pair.First])} ({names.Translate(Show([pair.First]))} now), ours {Show([pair.Second])}"]);
    }

    private static IEnumerable<string> Credit(WireMessage recorded, WireMessage live, FieldDescriptor field, string path)
    {
        var one = (WireMessage?)recorded.Values(field).FirstOrDefault();
        var other = (WireMessage?)live.Values(field).FirstOrDefault();
        if (one is null || other is null || other.Number("messages") > one.Number("messages") || (other.Number("messages") == 0) != (one.Number("messages") == 0) || (other.Number("bytes") == 0) != (one.Number("bytes") == 0))
        {
            yield return $"{path}{field.Name}: recorded {one}, ours {other}";
        }
    }

    private static object[] Sorted(IReadOnlyList<object> entries) => [.. entries.OrderBy(entry => (string?)((WireMessage)entry).Value("key"), StringComparer.Ordinal)];

    private static string Show(IEnumerable<object> values) => string.Join(", ", values.Select(WireMessage.Show));
}
