# The exports of Exchange Server and Active Directory.
function Export-ServerSide {
    $quoted = $ServiceAccount.Replace("'", "''")
    $hasAddress = "EmailAddresses -eq '$quoted'"

    Write-Export -Name 'role_assignments' `
        -Command 'Get-ManagementRoleAssignment -Role ApplicationImpersonation -GetEffectiveUsers' `
        -Property @(
            'Name', 'RoleAssigneeName', 'RoleAssigneeType', 'EffectiveUserName',
            'RoleAssignmentDelegationType', 'RecipientWriteScope', 'CustomRecipientWriteScope', 'Enabled',
            'WhenChangedUTC'
        ) `
        -Query { Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' -GetEffectiveUsers -ErrorAction Stop }

    Write-Export -Name 'scopes' -Command 'Get-ManagementScope' `
        -Property @(
            'Name', 'ScopeRestrictionType', 'RecipientRoot', 'RecipientFilter', 'Exclusive', 'WhenChangedUTC'
        ) `
        -Query { Get-ManagementScope -ErrorAction Stop }

    Write-Export -Name 'scope_members' -Command 'Get-Recipient -RecipientPreviewFilter, for each scope' `
        -Property @('Scope', 'PrimarySmtpAddress', 'RecipientTypeDetails') `
        -Query {
            foreach ($scope in (Get-ManagementScope -ErrorAction Stop)) {
                if (-not $scope.RecipientFilter) { continue }
                $parameters = @{
                    RecipientPreviewFilter = [string] $scope.RecipientFilter
                    ResultSize             = 'Unlimited'
                    ErrorAction            = 'Stop'
                }
                if ($scope.RecipientRoot) { $parameters['OrganizationalUnit'] = [string] $scope.RecipientRoot }
                $scopeName = @{ Name = 'Scope'; Expression = { [string] $scope.Name } }
                Get-Recipient @parameters |
                    Select-Object -Property @($scopeName, 'PrimarySmtpAddress', 'RecipientTypeDetails')
            }
        }

    if ($Group) {
        Write-Export -Name 'group' -Command 'Get-DistributionGroup' `
            -Property @('PrimarySmtpAddress', 'DistinguishedName', 'RecipientTypeDetails') `
            -Query { Get-DistributionGroup -Identity $Group -ErrorAction Stop }

        Write-Export -Name 'group_members' -Command 'Get-DistributionGroupMember' `
            -Property @('PrimarySmtpAddress', 'RecipientTypeDetails') `
            -Query { Get-DistributionGroupMember -Identity $Group -ResultSize Unlimited -ErrorAction Stop }
    }

    Write-Export -Name 'svc_mailbox' -Command 'Get-Mailbox' `
        -Property @('PrimarySmtpAddress', 'RecipientTypeDetails', 'EmailAddresses') `
        -Query { Get-Mailbox -Filter $hasAddress -ErrorAction Stop }

    Write-Export -Name 'svc_cas_mailbox' -Command 'Get-CASMailbox' `
        -Property @('PrimarySmtpAddress', 'EwsEnabled') `
        -Query { Get-CASMailbox -Filter $hasAddress -ErrorAction Stop }

    Write-Export -Name 'svc_user' -Command 'Get-User' `
        -Property @(
            'Name', 'UserPrincipalName', 'WindowsEmailAddress', 'RecipientTypeDetails', 'AuthenticationPolicy'
        ) `
        -Query { Get-User -Identity $ServiceAccount -ErrorAction Stop }

    Write-Export -Name 'svc_ad_user' -Command 'Get-ADUser' `
        -Property @(
            'SamAccountName', 'UserPrincipalName', 'mail', 'Enabled', 'LockedOut', 'PasswordExpired',
            'pwdLastSet', 'adminCount', 'memberOf'
        ) `
        -Query {
            $filter = "(|(mail=$ServiceAccount)(userPrincipalName=$ServiceAccount))"
            $properties = @('mail', 'LockedOut', 'PasswordExpired', 'pwdLastSet', 'adminCount', 'memberOf')
            Get-ADUser -LDAPFilter $filter -Properties $properties -ErrorAction Stop
        }

    Write-Export -Name 'org' -Command 'Get-OrganizationConfig' `
        -Property @('Name', 'EwsEnabled', 'DefaultAuthenticationPolicy') `
        -Query { Get-OrganizationConfig -ErrorAction Stop }

    Write-Export -Name 'accepted_domains' -Command 'Get-AcceptedDomain' `
        -Property @('DomainName', 'DomainType', 'Default') `
        -Query { Get-AcceptedDomain -ErrorAction Stop }

    Write-Export -Name 'authentication_policies' -Command 'Get-AuthenticationPolicy' `
        -Property @('Name', 'BlockLegacyAuthWebServices') `
        -Query { Get-AuthenticationPolicy -ErrorAction Stop }

    Write-Export -Name 'vdirs' -Command 'Get-WebServicesVirtualDirectory -ADPropertiesOnly:$false' `
        -Property @(
            'Name', 'Server', 'InternalUrl', 'ExternalUrl', 'BasicAuthentication', 'WindowsAuthentication',
            'ExtendedProtectionTokenChecking'
        ) `
        -Query { Get-WebServicesVirtualDirectory -ADPropertiesOnly:$false -ErrorAction Stop }

    Write-Export -Name 'servers' -Command 'Get-ExchangeServer' `
        -Property @('Name', 'AdminDisplayVersion', 'ServerRole') `
        -Query { Get-ExchangeServer -ErrorAction Stop }

    Write-Export -Name 'throttling' -Command 'Get-ThrottlingPolicyAssociation' `
        -Property @('Name', 'ThrottlingPolicyId') `
        -Query { Get-ThrottlingPolicyAssociation -Identity $ServiceAccount -ErrorAction Stop }

    Write-Export -Name 'throttling_policies' -Command 'Get-ThrottlingPolicy' `
        -Property @('Name', 'ThrottlingPolicyScope', 'EwsMaxConcurrency', 'EwsMaxSubscriptions') `
        -Query { Get-ThrottlingPolicy -ErrorAction Stop }

    Write-Export -Name 'users' -Command 'Get-Recipient' `
        -Property @('PrimarySmtpAddress', 'RecipientTypeDetails', 'Database') `
        -Query {
            Get-Recipient -ResultSize Unlimited -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses $_.EmailAddresses }
        }

    Write-Export -Name 'users_cas' -Command 'Get-CASMailbox' `
        -Property @('PrimarySmtpAddress', 'EwsEnabled') `
        -Query {
            Get-CASMailbox -ResultSize Unlimited -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses (@($_.PrimarySmtpAddress) + @($_.EmailAddresses)) }
        }

    Write-Export -Name 'users_ad' -Command 'Get-ADUser' `
        -Property @('mail', 'adminCount') `
        -Query {
            Get-ADUser -LDAPFilter '(mail=*)' -Properties @('mail', 'adminCount') -ErrorAction Stop |
                Where-Object -FilterScript { Test-Wanted -Addresses $_.mail }
        }
}
