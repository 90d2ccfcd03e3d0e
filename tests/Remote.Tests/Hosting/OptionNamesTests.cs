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

        var kept = typeof(OptionNames).GetMethod(nameof(OptionNames.Of))!.GetCustomAttributes<DynamicDependencyAttribute>().ToArray();

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
}
