using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Remote.Tests;

public sealed class OptionNamesTests
{
    /// <summary>In a program that is compiled to machine code nothing else keeps the properties, and every option would be "no option".</summary>
    [Fact]
    [Trait("Behaviour", "O-01")]
    public void EveryClassOfOptions_IsKeptByTheTrimmer()
    {
        HashSet<Type> found = [typeof(BlockedPeer)];
        Add(typeof(RemoteOptions));
        Add(typeof(RemoteSection));

        var kept = Kept();

        Assert.Equal(found.Select(type => type.Name).Order(), kept.Select(attribute => attribute.Type!.Name).Order());
        Assert.All(kept, attribute => Assert.Equal(DynamicallyAccessedMemberTypes.PublicProperties, attribute.MemberTypes));

        void Add(Type type)
        {
            if (found.Add(type))
            {
                OptionNames.Of(type).Where(OptionNames.IsGroup).ToList().ForEach(group => Add(group.PropertyType));
            }
        }
    }

    /// <summary>Which texts may be none is by name: one that is new must not be forgotten there.</summary>
    [Fact]
    [Trait("Behaviour", "O-01")]
    public void TextOrNone_IsWhatTheCompilerKnows()
    {
        var nullability = new NullabilityInfoContext();
        var texts = Kept().SelectMany(attribute => OptionNames.Of(attribute.Type!)).Where(property => property.PropertyType == typeof(string)).ToArray();

        Assert.NotEmpty(texts);
        Assert.All(texts, property => Assert.Equal(
            (property.Name, nullability.Create(property).WriteState == NullabilityState.Nullable), (property.Name, OptionNames.IsTextOrNone(property))));
    }

    private static DynamicDependencyAttribute[] Kept() =>
        [.. typeof(OptionNames).GetMethod(nameof(OptionNames.Of))!.GetCustomAttributes<DynamicDependencyAttribute>()];
}
