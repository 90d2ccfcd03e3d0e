using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Remote;

/// <summary>
/// Sets options from a section of configuration, and goes on after a fault: the platform's binder stops at the first value that it cannot convert,
/// passes over names that it does not know, and cannot have keys with a colon in a dictionary, as addresses are. Names are told apart
/// without case. An empty value is none where there may be none, and not set elsewhere.
/// </summary>
internal sealed class SectionBinder
{
    /// <summary>What could not be set, each with its name, its value and what is right.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Sets what a section says.</summary>
    /// <param name="section">The section.</param>
    /// <param name="prefix">The names of the classes of options around it, with a dot behind each.</param>
    /// <param name="owners">The objects that have the options.</param>
    public void Bind(IConfiguration section, string prefix, params object[] owners)
    {
        foreach (var child in section.GetChildren())
        {
            var name = prefix + child.Key;
            var (property, owner) = Find(child.Key, owners);
            if (property is null)
            {
                var nearest = prefix.Length == 0 ? OptionNames.Nearest(child.Key, owners) : Nearest(child.Key, prefix, owners);
                Faults.Add($"{name} is no option{(nearest is null ? "; the options are in docs/operations.md" : $"; did you mean {nearest}?")}");
            }
            else if (OptionNames.IsCode(property))
            {
                Faults.Add($"{prefix}{property.Name} can only be set in code, not by configuration");
            }
            else
            {
                Set(child, prefix + property.Name, property, owner);
            }
        }
    }

    private void Set(IConfigurationSection section, string name, PropertyInfo property, object owner)
    {
        if (OptionNames.IsGroup(property))
        {
            if (!string.IsNullOrEmpty(section.Value))
            {
                Faults.Add($"{name} is '{section.Value}'; it must have options below it");
            }

            Bind(section, name + ".", property.GetValue(owner)!);
        }
        else if (property.PropertyType == typeof(IList<string>))
        {
            SetTexts(section, name, (IList<string>)property.GetValue(owner)!);
        }
        else if (property.PropertyType == typeof(IList<BlockedPeer>))
        {
            SetBlocked(section, name, (IList<BlockedPeer>)property.GetValue(owner)!);
        }
        else if (property.PropertyType == typeof(IDictionary<string, WireDialect>))
        {
            SetDialects(section, name, (IDictionary<string, WireDialect>)property.GetValue(owner)!);
        }
        else if (section.GetChildren().Any())
        {
            Faults.Add($"{name} has values below it; it must be {OptionText.Kind(property.PropertyType)}");
        }
        else if (OptionText.TryRead(property.PropertyType, section.Value, out var value))
        {
            // Not where a variable that somebody forgot to fill would switch off TLS or a secret: there the empty text is a fault.
            var mayBeEmpty = owner is not (TlsOptions or AccessOptions) && OptionNames.IsTextOrNone(property);
            property.SetValue(owner, value is "" && mayBeEmpty ? null : value);
        }
        else if (!string.IsNullOrEmpty(section.Value))
        {
            Faults.Add($"{name} is '{section.Value}'; it must be {OptionText.Kind(property.PropertyType)}");
        }
    }

    // An empty list is an empty text in some sources of configuration.
    private void RefuseValue(IConfigurationSection section, string name)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            Faults.Add($"{name} is '{section.Value}'; it must be a list: {name}:0, {name}:1 and so on");
        }
    }

    private void SetTexts(IConfigurationSection section, string name, IList<string> list)
    {
        RefuseValue(section, name);
        foreach (var child in section.GetChildren())
        {
            if (child.Value is { } text)
            {
                list.Add(text);
            }
            else if (child.GetChildren().Any())
            {
                Faults.Add($"{name}[{child.Key}] has values below it; it must be a text");
            }
        }
    }

    private void SetBlocked(IConfigurationSection section, string name, IList<BlockedPeer> list)
    {
        RefuseValue(section, name);
        foreach (var child in section.GetChildren())
        {
            var entry = new BlockedPeer();
            Bind(child, $"{name}[{list.Count}].", entry);
            list.Add(entry);
        }
    }

    /// <summary>The colon between host and port is what separates the parts of a key.</summary>
    private void SetDialects(IConfigurationSection section, string name, IDictionary<string, WireDialect> dialects)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            Faults.Add($"{name} is '{section.Value}'; it must have addresses below it, each with {OptionText.Kind(typeof(WireDialect))}");
        }

        foreach (var (address, text) in section.AsEnumerable(makePathsRelative: true).Where(static pair => pair.Value is not null))
        {
            if (address.Length > 0 && OptionText.TryRead(typeof(WireDialect), text, out var dialect))
            {
                dialects[address] = (WireDialect)dialect!;
            }
            else if (!string.IsNullOrEmpty(text))
            {
                Faults.Add($"{name}['{address}'] is '{text}'; it must be {OptionText.Kind(typeof(WireDialect))}");
            }
        }
    }

    private static (PropertyInfo? Property, object Owner) Find(string key, object[] owners) => owners
        .Select(owner => (OptionNames.Of(owner.GetType()).FirstOrDefault(property => string.Equals(property.Name, key, StringComparison.OrdinalIgnoreCase)), owner))
        .FirstOrDefault(static found => found.Item1 is not null, (null, owners[0]));

    /// <summary>Among its neighbours first; one that was put under the wrong class is looked for everywhere.</summary>
    private static string? Nearest(string key, string prefix, object[] owners) =>
        OptionNames.Nearest(key, owners) is { } near ? prefix + near
        : owners is [BlockedPeer] ? null
        : OptionNames.Nearest(key, new RemoteOptions(), new RemoteSection());
}
